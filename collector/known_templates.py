"""Templates that kube-eventer renders by default, that its documentation shows, and ours."""

from __future__ import annotations

_LINES = (
    r"EventType:{{ .Type }}\nEventKind:{{ .InvolvedObject.Kind }}\nEventReason:{{ .Reason }}"
    r"\nEventTime:{{ .LastTimestamp }}\nEventMessage:{{ .Message }}"
)
_LINES_WITH_OBJECT = (
    r"EventType:{{ .Type }}\nEventNamespace:{{ .InvolvedObject.Namespace }}"
    r"\nEventKind:{{ .InvolvedObject.Kind }}\nEventObject:{{ .InvolvedObject.Name }}"
    r"\nEventReason:{{ .Reason }}\nEventTime:{{ .LastTimestamp }}\nEventMessage:{{ .Message }}"
)

# Everything that a watch would tell of an event. Texts are in hexadecimal digits, because
# kube-eventer escapes nothing. Times are as Go prints them: the version of today writes its own
# clock where an event has no last time, which only this form lets a reader tell. Of a message
# 65,536 bytes are sent, which hold all the characters that are stored.
RECOMMENDED = "kubedigest"
RECOMMENDED_TEMPLATE = """\
{"kubedigest":1,
"namespace":"{{ printf "%x" .Namespace }}","name":"{{ printf "%x" .Name }}",
"count":"{{ .Count }}",
"series":"{{ if .Series }}{{ .Series.Count }} at {{ .Series.LastObservedTime }}{{ end }}",
"event_time":"{{ .EventTime }}","first":"{{ .FirstTimestamp }}","last":"{{ .LastTimestamp }}",
"created":"{{ .CreationTimestamp }}","labels":"{{ .Labels }}",
"type":"{{ printf "%x" .Type }}","reason":"{{ printf "%x" .Reason }}",
"kind":"{{ printf "%x" .InvolvedObject.Kind }}",
"object_namespace":"{{ printf "%x" .InvolvedObject.Namespace }}",
"object":"{{ printf "%x" .InvolvedObject.Name }}",
"component":"{{ printf "%x" .Source.Component }}","host":"{{ printf "%x" .Source.Host }}",
"controller":"{{ printf "%x" .ReportingController }}",
"instance":"{{ printf "%x" .ReportingInstance }}",
"message":"{{ printf "%.65536x" .Message }}"}"""

KNOWN_TEMPLATES: dict[str, str] = {
    RECOMMENDED: RECOMMENDED_TEMPLATE,
    # built in since June 2020
    "default": (
        '{\n\t"EventType": "{{ .Type }}",\n\t"EventKind": "{{ .InvolvedObject.Kind }}",\n'
        '\t"EventReason": "{{ .Reason }}",\n\t"EventTime": "{{ .LastTimestamp }}",\n'
        '\t"EventMessage": "{{ .Message }}"\n}'
    ),
    # built in before that: a comma is missing
    "default-v1.2.0": (
        '{\n\t"EventType": "{{ .Type }}",\n\t"EventKind": "{{ .InvolvedObject.Kind }}"\n'
        '\t"EventReason": "{{ .Reason }}",\n\t"EventTime": "{{ .EventTime }}",\n'
        '\t"EventMessage": "{{ .Message }}"\n}'
    ),
    "default-indented": (
        '{\n   "EventType": "{{ .Type }}",\n   "EventKind": "{{ .InvolvedObject.Kind }}",\n'
        '   "EventReason": "{{ .Reason }}",\n   "EventTime": "{{ .EventTime }}",\n'
        '   "EventMessage": "{{ .Message }}"\n}'
    ),
    "configmap": (
        '{"EventType": "{{ .Type }}","EventKind": "{{ .InvolvedObject.Kind }}",'
        '"EventReason": "{{ .Reason }}","EventTime": "{{ .LastTimestamp }}",'
        '"EventMessage": "{{ .Message }}"}'
    ),
    "configmap-missing-comma": (
        '{"EventType": "{{ .Type }}","EventKind": "{{ .InvolvedObject.Kind }}"'
        '"EventReason": "{{ .Reason }}","EventTime": "{{ .EventTime }}",'
        '"EventMessage": "{{ .Message }}"}'
    ),
    "dingtalk": (
        f'{{"msgtype": "text","text": {{"content":"{_LINES}"}},'
        '"markdown": {"title":"","text":""}}'
    ),
    "dingtalk-docs": (
        f'{{\t"msgtype": "text",\n\t"text": {{"content":"{_LINES}"}},\n'
        '\t"markdown": {"title":"","text":""}\n}'
    ),
    "wechat": f'{{"msgtype": "text","text": {{"content": "{_LINES}"}}}}',
    "wechat-object": f'{{"msgtype": "text","text": {{"content": "{_LINES_WITH_OBJECT}"}}}}',
    "slack": f'{{"channel": "testing","username": "Eventer","text":"{_LINES}"}}',
    "slack-docs": f'{{"channel": "testing",\n"username": "Eventer",\n"text":"{_LINES}"}}',
    "slack-attachment": (
        '{\n  "channel": "testing",\n  "icon_emoji": ":k8s:",\n  "username": "eventer",\n'
        '  "attachments": [\n      {\n          "color": "warning",\n          "text": '
        r'"*Type*: `{{.Type}}`\n*Namespace*: `{{.InvolvedObject.Namespace}}`\n*Object*: '
        r"`{{ .InvolvedObject.Kind }}/{{ .InvolvedObject.Name }}`\n*Reason*: `{{ .Reason }}`"
        r'\n*Meaasge*: `{{ .Message }}`\n*Time*: `{{ .LastTimestamp }}`"'
        "\n      }\n  ]\n}"
    ),
    "bearychat": f'{{"text":"{_LINES}"',  # the closing brace is missing in what people copied
    "bearychat-docs": f'"text":"{_LINES}"',
    "feishu": (
        '{\n "title": "Kube-eventer",\n "text":  "EventType:  {{ .Type }}'
        r"\nEventKind:  {{ .InvolvedObject.Kind }}\nEventReason:  {{ .Reason }}"
        r'\nEventTime:  {{ .LastTimestamp }}\nEventMessage:  {{ .Message }}"'
        "\n }"
    ),
    "feishu-card": (
        '{\n "msg_type": "interactive",\n "card": {\n "config": {\n "wide_screen_mode": true,\n'
        ' "enable_forward": true\n },\n "header": {\n "title": {\n "tag": "plain_text",\n'
        ' "content": "Kube-eventer"\n },\n "template": "Red"\n },\n "elements": [\n {\n'
        ' "tag": "div",\n "text": {\n "tag": "lark_md",\n "content":  '
        r'"**EventType:**  {{ .Type }}\n**EventKind:**  {{ .InvolvedObject.Kind }}'
        r"\n**EventReason:**  {{ .Reason }}\n**EventTime:**  {{ .LastTimestamp }}"
        r'\n**EventMessage:**  {{ .Message }}"'
        "\n }\n }\n ]\n }\n }"
    ),
    "worktile": (
        r'{"EventType": "{{ .Type }}\n","EventKind": "{{ .InvolvedObject.Kind }}\n",'
        r'"EventObject": "{{ .InvolvedObject.Name }}\n","EventReason": "{{ .Reason }}\n",'
        r'"EventTime": "{{ .LastTimestamp }}\n","EventMessage": "{{ .Message }}"}'
    ),
}

# The text that the sinks dingtalk and wechat send, inside JSON that is encoded as it should be.
SINK_TEXT = (
    "Level:{{ .Type }} \nKind:{{ .InvolvedObject.Kind }} \nNamespace:{{ .Namespace }} \n"
    "Name:{{ .Name }} \nReason:{{ .Reason }} \nTimestamp:{{ .LastTimestamp }} \n"
    "Message:{{ .Message }}"
)
