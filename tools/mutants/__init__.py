"""Mutation testing of one module: which changes of its code does no test notice?"""
