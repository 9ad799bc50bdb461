"""The record types of AWS resources, by the ways in which CloudTrail names them."""

from __future__ import annotations

# Where an ARN's kind is not the word of CloudFormation, which is that of `resources[].type`.
TYPES_OF_ARN_KINDS = {
    "cognito_idp_userpool": "cognito_user_pool",
    "ec2_elastic_ip": "ec2_address",
    "ec2_vpc_flow_log": "ec2_flow_log",
    "rds_db": "rds_db_instance",
    "rds_cluster": "rds_db_cluster",
    "rds_snapshot": "rds_db_snapshot",
    "rds_cluster_snapshot": "rds_db_cluster_snapshot",
    "rds_subgrp": "rds_db_subnet_group",
    "route53_hostedzone": "route53_hosted_zone",
}
# Their names are unique in an account, whatever path stands before them.
TYPES_WITH_PATHS = frozenset({"iam_user", "iam_role", "iam_group", "iam_policy", "iam_instance_profile"})

# The type of the resource that a request parameter names, by service. In lower case: services disagree about that.
TYPES_OF_PARAMETERS: dict[str, dict[str, str]] = {
    "autoscaling": {"autoscalinggroupname": "autoscaling_auto_scaling_group"},
    "cloudformation": {"stackname": "cloudformation_stack"},
    "cloudtrail": {"name": "cloudtrail_trail", "trailname": "cloudtrail_trail"},
    "cognito-idp": {"userpoolid": "cognito_user_pool"},
    "dynamodb": {"tablename": "dynamodb_table"},
    "ec2": {
        "allocationid": "ec2_address",
        "flowlogid": "ec2_flow_log",
        "groupid": "ec2_security_group",
        "imageid": "ec2_image",
        "instanceid": "ec2_instance",
        "internetgatewayid": "ec2_internet_gateway",
        "keyname": "ec2_key_pair",
        "natgatewayid": "ec2_nat_gateway",
        "networkaclid": "ec2_network_acl",
        "networkinterfaceid": "ec2_network_interface",
        "resourceid": "ec2_resource",
        "routetableid": "ec2_route_table",
        "snapshotid": "ec2_snapshot",
        "subnetid": "ec2_subnet",
        "volumeid": "ec2_volume",
        "vpcendpointid": "ec2_vpc_endpoint",
        "vpcid": "ec2_vpc",
    },
    "ecr": {"repositoryname": "ecr_repository"},
    "ecs": {"cluster": "ecs_cluster", "service": "ecs_service"},
    "events": {"rule": "events_rule"},
    "guardduty": {"detectorid": "guardduty_detector"},
    "iam": {
        "groupname": "iam_group",
        "instanceprofilename": "iam_instance_profile",
        "policyarn": "iam_policy",
        "rolename": "iam_role",
        "username": "iam_user",
    },
    "kms": {"keyid": "kms_key"},
    "lambda": {"functionname": "lambda_function"},
    "logs": {"loggroupname": "logs_log_group"},
    "organizations": {"accountid": "aws_account"},
    "rds": {
        "dbclusteridentifier": "rds_db_cluster",
        "dbinstanceidentifier": "rds_db_instance",
        "dbsnapshotidentifier": "rds_db_snapshot",
        "dbsubnetgroupname": "rds_db_subnet_group",
    },
    "route53": {"hostedzoneid": "route53_hosted_zone"},
    "s3": {"bucketname": "s3_bucket"},
    "secretsmanager": {"secretid": "secretsmanager_secret"},
    "sns": {"topicarn": "sns_topic"},
    "sqs": {"queueurl": "sqs_queue"},
    "ssm": {"documentname": "ssm_document", "instanceid": "ec2_instance"},
    "states": {"statemachinearn": "states_state_machine"},
    "sts": {"rolearn": "iam_role"},
}
# Parameters that name a bucket of S3, of whatever service.
BUCKET_PARAMETERS = frozenset({"bucket", "s3bucket", "s3bucketname"})
# The type of the resource that the parameter `name` names, by the service and noun of the event.
TYPES_OF_NAMES = {
    ("eks", "cluster"): "eks_cluster",
    ("events", "rule"): "events_rule",
    ("secretsmanager", "secret"): "secretsmanager_secret",
    ("sns", "topic"): "sns_topic",
    ("ssm", "document"): "ssm_document",
    ("ssm", "parameter"): "ssm_parameter",
}
# The type of a `resourceId` of EC2, as of CreateTags, by the prefix of the id.
TYPES_OF_EC2_PREFIXES = {
    "ami": "ec2_image",
    "eipalloc": "ec2_address",
    "eni": "ec2_network_interface",
    "fl": "ec2_flow_log",
    "i": "ec2_instance",
    "igw": "ec2_internet_gateway",
    "nat": "ec2_nat_gateway",
    "rtb": "ec2_route_table",
    "sg": "ec2_security_group",
    "snap": "ec2_snapshot",
    "subnet": "ec2_subnet",
    "vol": "ec2_volume",
    "vpc": "ec2_vpc",
    "vpce": "ec2_vpc_endpoint",
}
