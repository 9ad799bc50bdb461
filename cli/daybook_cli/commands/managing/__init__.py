"""Commands that change an org or what stands in it, and that show who may."""
