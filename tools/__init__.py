"""What is run while developing and building; none of it is installed or ships to Lambda."""
