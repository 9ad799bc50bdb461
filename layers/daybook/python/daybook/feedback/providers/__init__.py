"""Records of SES, SNS and End User Messaging: taken out of their envelopes, and read in one form for all providers."""
