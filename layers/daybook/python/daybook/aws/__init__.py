"""Thin clients of AWS services: DynamoDB, S3, SQS, SES."""
