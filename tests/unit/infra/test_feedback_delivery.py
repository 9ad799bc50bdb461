"""The way of what providers say: from topic, rule and logs to the queue and the function, or the dead letters."""

from daybook_local.deployment.template import resources_of_type

from tests.support.template import FUNCTIONS, RESOURCES, TEMPLATE


def test_ses_publishes_every_type_of_event_to_the_topic_and_the_topic_to_the_queue_as_it_came() -> None:
    destination = RESOURCES["ConfigurationSetEvents"]["Properties"]
    assert destination["ConfigurationSetName"] == {"Ref": "ConfigurationSet"}
    assert destination["EventDestination"]["Enabled"] is True
    assert destination["EventDestination"]["SnsDestination"] == {"TopicARN": {"Ref": "FeedbackTopic"}}
    assert sorted(destination["EventDestination"]["MatchingEventTypes"]) == [
        "bounce", "click", "complaint", "delivery", "deliveryDelay", "open", "reject", "renderingFailure", "send",
        "subscription",
    ]  # fmt: skip
    subscription = RESOURCES["FeedbackSubscription"]["Properties"]
    assert (subscription["TopicArn"], subscription["Protocol"]) == ({"Ref": "FeedbackTopic"}, "sqs")
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
    assert subscription["RawMessageDelivery"] is True


def test_only_providers_of_this_account_may_publish_to_the_topic() -> None:
    (statement,) = RESOURCES["FeedbackTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": ["ses.amazonaws.com", "sms-voice.amazonaws.com"]}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    # With the key of KMS that AWS manages, SES could not publish to it.
    assert "KmsMasterKeyId" not in RESOURCES["FeedbackTopic"].get("Properties", {})


def test_only_the_topic_and_the_rule_may_send_to_the_queues() -> None:
    policy = RESOURCES["FeedbackQueuePolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "FeedbackQueue"}, {"Ref": "DeadLetters"}]
    allowed = {
        statement["Principal"]["Service"]: statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    assert allowed == {
        "sns.amazonaws.com": {"Ref": "FeedbackTopic"},
        "events.amazonaws.com": {"Fn::GetAtt": ["SmsEvents", "Arn"]},
    }


def test_what_fails_ends_in_the_dead_letters_from_wherever_it_came() -> None:
    dead_letters = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    queue = RESOURCES["FeedbackQueue"]["Properties"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": dead_letters, "maxReceiveCount": 5}
    assert RESOURCES["FeedbackSubscription"]["Properties"]["RedrivePolicy"] == {"deadLetterTargetArn": dead_letters}
    (target,) = RESOURCES["SmsEvents"]["Properties"]["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": dead_letters}
    function = FUNCTIONS["FeedbackFunction"]["Properties"]
    assert function["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": dead_letters}
    fourteen_days = 14 * 86400
    for name in ("FeedbackQueue", "DeadLetters"):
        properties = RESOURCES[name]["Properties"]
        assert (properties["MessageRetentionPeriod"], properties["SqsManagedSseEnabled"]) == (fourteen_days, True)
    alarm = RESOURCES["DeadLettersAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetters", "QueueName"]}}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)


def test_the_queue_is_read_in_batches_of_which_a_part_may_fail() -> None:
    (event,) = FUNCTIONS["FeedbackFunction"]["Properties"]["Events"].values()
    properties = event["Properties"]
    assert properties["Queue"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Lambda asks for a window where a batch holds more than ten.
    assert properties["BatchSize"] <= 10 or properties["MaximumBatchingWindowInSeconds"] >= 1
    timeout = TEMPLATE["Globals"]["Function"]["Timeout"]
    visibility = RESOURCES["FeedbackQueue"]["Properties"]["VisibilityTimeout"]
    assert visibility == 6 * timeout + properties["MaximumBatchingWindowInSeconds"]


def test_logs_of_sms_and_push_come_to_the_function_successes_and_failures() -> None:
    filters = resources_of_type(TEMPLATE, "AWS::Logs::SubscriptionFilter")
    assert filters.keys() == {
        "SmsSuccesses", "SmsFailures", "ApnsSuccesses", "ApnsFailures", "FcmSuccesses", "FcmFailures",
    }  # fmt: skip
    for name, made in filters.items():
        assert made["DependsOn"] == "FeedbackFromLogs"
        assert made["Properties"]["DestinationArn"] == {"Fn::GetAtt": ["FeedbackFunction", "Arn"]}
        assert made["Properties"]["FilterPattern"] == ""
        group = made["Properties"]["LogGroupName"]
        if name.startswith("Sms"):
            assert made["Condition"] == "ReadsSmsLogGroups"
            _, of_this_stack, of_sns = group["Fn::If"]
            assert RESOURCES[of_this_stack["Ref"]]["Properties"]["LogGroupName"] == of_sns
            group = of_sns
        assert ("/Failure" in str(group)) == name.endswith("Failures")
    permission = RESOURCES["FeedbackFromLogs"]["Properties"]
    assert permission["Principal"] == "logs.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":log-group:sns/*")


def test_the_log_groups_of_sms_are_made_or_read_as_a_parameter_says() -> None:
    assert TEMPLATE["Parameters"]["SmsLogGroups"]["AllowedValues"] == ["create", "exist", "none"]
    assert TEMPLATE["Conditions"]["ReadsSmsLogGroups"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "SmsLogGroups"}, "none"]}]
    }
    made = {name for name, each in RESOURCES.items() if each.get("Condition") == "MakesSmsLogGroups"}
    assert made == {"SmsSuccessLogs", "SmsFailureLogs"}
