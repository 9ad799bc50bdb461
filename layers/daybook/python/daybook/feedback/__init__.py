"""Delivery events of SES, SNS and End User Messaging: parsed, and applied to their entries."""
