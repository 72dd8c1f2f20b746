"""A decoder of Busbar's wire protocol, version 1, that owes nothing to the library's.

It is written from docs/reference/wire_protocol.md alone, with Python's standard
library alone, so that a mistake in the page or in the library's decoder shows
as a disagreement between the two.

    python3 decoder.py vectors vectors.json      every vector, against what it expects
    python3 decoder.py verdicts verdicts.jsonl   every stream, against a verdict

Both end with status 0 if everything agrees, and print what does not.
"""

import hashlib
import json
import struct
import sys
import zlib

BOTH, TO_BUS, TO_CLIENT = "both", "bus", "client"

# number: (name, which way, content); the content of reply and piece depends on the way.
KINDS = {
    1: ("hello", TO_BUS, "hello"),
    2: ("welcome", TO_CLIENT, "welcome"),
    3: ("goodbye", BOTH, "failure"),
    4: ("ping", BOTH, "nothing"),
    5: ("pong", BOTH, "nothing"),
    10: ("send", TO_BUS, "message"),
    11: ("request", TO_BUS, "message"),
    12: ("attach", TO_BUS, "attach"),
    13: ("attached", TO_CLIENT, "nothing"),
    14: ("detach", TO_BUS, "nothing"),
    15: ("detached", TO_CLIENT, "nothing"),
    20: ("accepted", TO_CLIENT, "text"),
    21: ("refused", TO_CLIENT, "failure"),
    22: ("credit", TO_CLIENT, "nothing"),
    30: ("deliver", TO_CLIENT, "message"),
    31: ("ack", TO_BUS, "nothing"),
    32: ("nack", TO_BUS, "text"),
    33: ("reject", TO_BUS, "rejection"),
    34: ("extend", TO_BUS, "nothing"),
    35: ("lease end", TO_CLIENT, "nothing"),
    40: ("reply", BOTH, "message"),
    41: ("piece", BOTH, "message"),
    42: ("end", BOTH, "nothing"),
    43: ("fail", BOTH, "failure"),
    44: ("cancel", TO_BUS, "nothing"),
    45: ("grant", BOTH, "nothing"),
}
HEADER_BYTES = 20
LENGTH_BYTES = 4
FORM_BYTES = 8
CHECKSUM_BYTES = 4
CHECKSUMMED = 1
HANDSHAKE_FRAME_BYTES = 4096
ENVELOPE_BYTES = 65536
FRAME_SURPLUS = 131072
MESSAGE_BYTES = 10485760
BINARY = 1
JSON_DEPTH = 64
JSON_MEMBERS = 10000
TOPIC_TOKENS = 16
DURATION_MS = 2147483647
TOKEN_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:/")
NAME_CHARS = TOKEN_CHARS | {"."}
SHOWN_CHARS = 4000
SHOWN_BRACKETS = 32
NOT_IN_JSON = ("dnan;", "d8000000000000000;", "d7ff0000000000000;", "dfff0000000000000;")
SET_BY_BUS = ("sender", "timestamp", "attempt")
ATTACH_MEMBERS = (
    "kind", "pattern", "concurrency", "queue", "durable",
    "ackTimeoutMs", "maxAttempts", "maxMessages", "overflow",
)

MESSAGE_TYPES = (
    "direct", "publish", "subscribe", "unsubscribe", "request",
    "response", "ack", "error", "heartbeat", "control",
)
TEXT_FIELDS = {
    2: "id", 3: "sender", 4: "recipient", 5: "topic",
    6: "requestId", 7: "correlationId", 11: "deduplicationId",
}
NUMBER_FIELDS = {8: "timestamp", 9: "ttlMs", 10: "attempt"}


class Refusal(Exception):
    """What was read is refused, with a code of the page."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def first_frame(stream, limit, checksums):
    """The bytes it takes and the (kind, flags, priority, id, aux, head, payload) at the start of the stream, once it is all there."""
    if not (begins_summed(stream, limit) if checksums else begins_plain(stream, limit)):
        return None
    (length,) = struct.unpack_from(">I", stream)
    end = LENGTH_BYTES + length
    if len(stream) < end:
        return None
    body = stream[HEADER_BYTES:end]
    if checksums:
        body = body[CHECKSUM_BYTES:-CHECKSUM_BYTES]
        (written,) = struct.unpack_from(">I", stream, end - CHECKSUM_BYTES)
        if zlib.crc32(stream[:HEADER_BYTES] + body) != written:
            raise Refusal("unreachable")
    kind, flags, priority, _, number, aux, head_bytes = struct.unpack_from(">BBBBIII", stream, 4)
    if kind not in KINDS or head_bytes > len(body):
        raise Refusal("protocol")
    return end, (kind, flags, priority, number, aux, bytes(body[:head_bytes]), bytes(body[head_bytes:]))


def begins_plain(stream, limit):
    """Whether the header of a frame without checksums is there; refuses one that cannot be."""
    check_length(stream, 16, limit)
    check_form(stream, False)
    return len(stream) >= HEADER_BYTES


def begins_summed(stream, limit):
    """Whether the header of a frame with checksums is there; refuses one that cannot be."""
    check_form(stream, True)
    if len(stream) < HEADER_BYTES + CHECKSUM_BYTES:
        return False
    (written,) = struct.unpack_from(">I", stream, HEADER_BYTES)
    if zlib.crc32(stream[:HEADER_BYTES]) != written:
        raise Refusal("unreachable")
    check_length(stream, 24, limit)
    return True


def check_length(stream, least, limit):
    if len(stream) >= LENGTH_BYTES and not least <= struct.unpack_from(">I", stream)[0] <= limit:
        raise Refusal("protocol")


def check_form(stream, checksums):
    if len(stream) >= FORM_BYTES and has_checksums(stream) != checksums:
        raise Refusal("unreachable")


def has_checksums(stream):
    return stream[FORM_BYTES - 1] & CHECKSUMMED != 0


def envelope_of(head):
    """The fields of an envelope by name."""
    if len(head) > ENVELOPE_BYTES:
        raise Refusal("protocol")
    fields, headers, at = {}, {}, 0
    while at < len(head):
        if len(head) - at < 3:
            raise Refusal("protocol")
        tag, length = struct.unpack_from(">BH", head, at)
        value = head[at + 3:at + 3 + length]
        if len(value) != length:
            raise Refusal("protocol")
        at += 3 + length
        if tag == 12:
            name, text = header_of(value)
            add_once(headers, name, text)
        else:
            add_field(fields, tag, value)
    if "type" not in fields:
        raise Refusal("protocol")
    if headers:
        fields["headers"] = headers
    return fields


def add_field(fields, tag, value):
    if tag == 1:
        if len(value) != 1 or value[0] >= len(MESSAGE_TYPES):
            raise Refusal("protocol")
        add_once(fields, "type", MESSAGE_TYPES[value[0]])
    elif tag in TEXT_FIELDS:
        add_once(fields, TEXT_FIELDS[tag], text_of(value))
    elif tag in NUMBER_FIELDS:
        if len(value) != 8:
            raise Refusal("protocol")
        add_once(fields, NUMBER_FIELDS[tag], struct.unpack(">d", value)[0])


def add_once(fields, name, value):
    if name in fields:
        raise Refusal("protocol")
    fields[name] = value


def header_of(value):
    if len(value) < 2:
        raise Refusal("protocol")
    (length,) = struct.unpack_from(">H", value)
    if length > len(value) - 2:
        raise Refusal("protocol")
    return text_of(value[2:2 + length]), text_of(value[2 + length:])


def text_of(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("protocol") from None


# Payloads and JSON bodies.

def json_of(data):
    """The one JSON value that the bytes are."""
    check_shape(data)
    try:
        # Not a number of Python's own: the page has IEEE 754 doubles.
        return json.loads(
            data.decode("utf-8"), parse_int=float, parse_constant=refuse_constant
        )
    except (UnicodeDecodeError, ValueError):
        raise Refusal("invalid_message") from None


def refuse_constant(name):
    raise ValueError(name)


def check_shape(data):
    """Refuses too many levels, or too many members of one object, before anything is parsed."""
    members = []
    at = 0
    while at < len(data):
        byte = data[at:at + 1]
        if byte == b'"':
            at = end_of_text(data, at + 1)
        elif byte in (b"[", b"{"):
            members.append(0)
            if len(members) > JSON_DEPTH:
                raise Refusal("invalid_message")
        elif byte in (b"]", b"}") and members:
            members.pop()
        elif byte == b":" and members:
            members[-1] += 1
            if members[-1] > JSON_MEMBERS:
                raise Refusal("invalid_message")
        at += 1


def end_of_text(data, at):
    """Where the closing quote stands of a text that begins at `at`."""
    while at < len(data) and data[at:at + 1] != b'"':
        at += 2 if data[at:at + 1] == b"\\" else 1
    return at


def object_of(data):
    """A JSON body: an object, or the protocol is broken."""
    try:
        value = json_of(data)
    except Refusal:
        raise Refusal("protocol") from None
    if not isinstance(value, dict):
        raise Refusal("protocol")
    return value


def payload_of(flags, data):
    if flags & BINARY:
        return {"bytes": data.hex()}
    try:
        return {"json": json_of(data)}
    except Refusal as refusal:
        return {"refusal": refusal.code}


# The rules of what stands in a message or a body.

def units(text):
    """A text's length as JavaScript counts it."""
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def is_text(value, most=255):
    return isinstance(value, str) and 1 <= units(value) <= most


def is_name(value):
    return is_text(value) and all(char in NAME_CHARS for char in value)


def is_topic(value, wildcards=False):
    if not is_text(value):
        return False
    tokens = value.split(".")
    if len(tokens) > TOPIC_TOKENS:
        return False
    for index, token in enumerate(tokens):
        last = index == len(tokens) - 1
        if wildcards and (token == "*" or (token == ">" and last)):
            continue
        if token == "" or not all(char in TOKEN_CHARS for char in token):
            return False
    return True


def is_whole(value, least, most=float("inf")):
    is_number = isinstance(value, float)
    return is_number and value.is_integer() and least <= value <= most


def check_message(kind, priority, fields):
    """Refuses a client's message that breaks a rule."""
    type_, recipient, topic = (fields.get(name) for name in ("type", "recipient", "topic"))
    is_publish = kind == "send" and type_ == "publish"
    ids = [fields[name] for name in ("requestId", "correlationId", "deduplicationId") if name in fields]
    rules = (
        kind == "request" or type_ in ("direct", "publish"),
        "id" not in fields or units(fields["id"]) == 36,
        recipient is None or is_name(recipient),
        is_topic(topic) if topic is not None else not is_publish,
        not (is_publish and recipient is not None),
        all(is_text(value) for value in ids),
        kind != "request" or "deduplicationId" not in fields,
        priority <= 100,
        "ttlMs" not in fields or is_whole(fields["ttlMs"], 0, DURATION_MS),
        are_headers(fields.get("headers", {})),
    )
    if not all(rules):
        raise Refusal("invalid_message")
    if fields.get("ttlMs") == 0:
        raise Refusal("expired")


def are_headers(headers):
    chars = sum(units(name) + units(value) for name, value in headers.items())
    return len(headers) <= 64 and "" not in headers and chars <= 16384


def hello_of(body):
    versions, durable = body.get("versions"), body.get("durable", False)
    rules = (
        body.get("protocol") == "busbar",
        isinstance(versions, list) and any(is_whole(one, 1, 1) for one in versions),
        is_name(body.get("name")),
        is_text(body.get("instance")),
        isinstance(durable, bool),
    )
    if not all(rules):
        raise Refusal("protocol")
    return {"name": body["name"], "instance": body["instance"], "durable": durable}


WELCOME_NUMBERS = ("version", "maxMessageBytes", "sendWindow", "heartbeatMs", "requestTimeoutMs")


def welcome_of(body):
    def most(name):
        return 2 ** 32 - 1 - FRAME_SURPLUS if name == "maxMessageBytes" else DURATION_MS

    if not all(is_whole(body.get(name), 1, most(name)) for name in WELCOME_NUMBERS) or body["version"] != 1:
        raise Refusal("protocol")
    return {name: body[name] for name in WELCOME_NUMBERS}


def attach_of(body):
    def holds(name, check, *bounds):
        return name not in body or check(body[name], *bounds)

    rules = (
        body.get("kind") in ("direct", "requests", "topic"),
        "pattern" in body or body.get("kind") != "topic",
        holds("pattern", is_topic, True),
        is_whole(body.get("concurrency"), 1, 1_000_000),
        holds("maxAttempts", is_whole, 1, 1_000_000),
        holds("ackTimeoutMs", is_whole, 1, DURATION_MS),
        holds("maxMessages", is_whole, 1, 100_000_000),
        holds("queue", is_name),
        holds("durable", is_name),
        holds("overflow", lambda value: value in ("wait", "reject", "drop-oldest", "drop-newest")),
    )
    if not all(rules):
        raise Refusal("invalid_message")
    return {name: body[name] for name in ATTACH_MEMBERS if name in body}


# A stream, as who reads it understands it.

class Reader:
    """Reads the stream that a bus, or a client, receives."""

    def __init__(self, role, phase="handshake", max_message_bytes=MESSAGE_BYTES, checksums=False):
        self.role = role
        self.greeted = phase == "open"
        self.max_message_bytes = max_message_bytes
        self.limit = max_message_bytes + FRAME_SURPLUS if self.greeted else HANDSHAKE_FRAME_BYTES
        # What the client has asked for; a bus sees it in the first frame.
        self.checksums = None if role == "bus" and phase == "handshake" else checksums
        self.stream = bytearray()
        self.frames = []
        self.refusal = None
        self.over = False

    def take(self, chunk):
        """Takes the next bytes. Once the peer has said goodbye, or broken the protocol, nothing counts."""
        if self.over:
            return
        self.stream += chunk
        try:
            while not self.over and self.take_one():
                pass
        except Refusal as refusal:
            self.refusal, self.over = refusal.code, True

    def take_one(self):
        if self.checksums is None:
            # Its length is judged before its form is known.
            check_length(self.stream, 16, self.limit)
            if len(self.stream) < FORM_BYTES:
                return False
            self.checksums = has_checksums(self.stream)
        received = first_frame(self.stream, self.limit, self.checksums)
        if received is None:
            return False
        end, frame = received
        del self.stream[:end]
        self.frames.append(self.read(*frame))
        return True

    def result(self):
        """What the stream said: its frames, and how it ended."""
        if self.refusal is not None:
            return {"frames": self.frames, "refusal": self.refusal}
        if self.over:
            return {"frames": self.frames, "closed": True}
        return {"frames": self.frames, "pending": len(self.stream)}

    def read(self, kind, flags, priority, number, aux, head, payload):
        name, way, content = KINDS[kind]
        self.check_order(name, way)
        frame = {
            "kind": name, "flags": flags, "priority": priority,
            "id": number, "aux": aux,
        }
        if content == "message":
            frame.update(self.message(name, flags, priority, aux, head, payload))
        elif content == "attach":
            frame.update(self.attach(payload))
        elif content == "text":
            frame["text"] = payload.decode("utf-8", "replace")
        elif content != "nothing" and not (name == "goodbye" and self.role == "bus"):
            frame["body"] = self.body(content, payload)
        return frame

    def check_order(self, name, way):
        if way not in (BOTH, self.role):
            raise Refusal("protocol")
        if name in ("ping", "pong"):
            return
        greeting = "hello" if self.role == "bus" else "welcome"
        if name == "goodbye" and (self.greeted or self.role == "client"):
            self.over = True
        elif self.greeted == (name == greeting):
            raise Refusal("protocol")

    def body(self, content, payload):
        body = object_of(payload)
        if content == "hello":
            self.greet(self.max_message_bytes)
            return hello_of(body)
        if content == "welcome":
            read = welcome_of(body)
            self.greet(read["maxMessageBytes"])
            return read
        return {name: body[name] for name in ("code", "message", "reason", "messageId") if name in body}

    def greet(self, max_message_bytes):
        self.greeted = True
        self.limit = max_message_bytes + FRAME_SURPLUS

    def attach(self, payload):
        try:
            return {"body": attach_of(object_of(payload))}
        except Refusal as refusal:
            return {"refusal": refusal.code}

    def message(self, name, flags, priority, aux, head, payload):
        """The envelope and the payload, where the way this frame travels has them."""
        if self.role == "client":
            return {"envelope": envelope_of(head), "payload": payload_of(flags, payload)}
        if name in ("reply", "piece"):
            return {"payload": payload_of(flags, payload)}
        try:
            fields = envelope_of(head)
            check_message(name, priority, fields)
        except Refusal as refusal:
            return {"refusal": refusal.code}
        fields = {key: value for key, value in fields.items() if key not in SET_BY_BUS}
        is_cut = name == "send" and aux > 0
        return {"envelope": fields, "payload": {"bytes": payload.hex()} if is_cut else payload_of(flags, payload)}


# Comparing.

def canonical(value):
    """One text for one value, the same in every language: see vectors.md."""
    if value is None:
        return "n"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return "s" + value.encode("utf-16-be", "surrogatepass").hex() + ";"
    if isinstance(value, (int, float)):
        return "d" + ("nan" if value != value else struct.pack(">d", value).hex()) + ";"
    if isinstance(value, list):
        return "[" + "".join(canonical(part) for part in value) + "]"
    members = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
    return "{" + "".join(canonical(name) + canonical(part) for name, part in members) + "}"


def digest(value):
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def unpack(runs):
    """Bytes written as runs of hex digits: "00ff 61*3" is five bytes."""
    parts = bytearray()
    for run in runs.split():
        digits, _, times = run.partition("*")
        parts += bytes.fromhex(digits) * int(times or "1")
    return bytes(parts)


def check_vectors(path):
    """The ids of the vectors that this decoder reads differently, and how many there are."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file, parse_int=float)["vectors"]
    wrong = []
    for vector in vectors:
        reader = Reader(vector["reader"], vector["phase"], int(vector["maxMessageBytes"]), vector.get("checksums", False))
        for chunk in vector["chunks"]:
            reader.take(unpack(chunk))
        if canonical(shown(reader.result())) != canonical(vector["expect"]):
            wrong.append(f"{vector['id']}: read {json.dumps(reader.result())[:600]}")
    return wrong, len(vectors)


def shown(result):
    """What was read, as the vectors have it: see vectors.md."""
    frames = []
    for frame in result["frames"]:
        payload = frame.get("payload")
        if payload is not None and not is_shown(payload):
            frame = {**frame, "payload": {"digest": digest(payload)}}
        frames.append(shown_value(frame))
    return {**result, "frames": frames}


def is_shown(payload):
    try:
        json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    whole = canonical(payload)
    return len(whole) <= SHOWN_CHARS and whole.count("[") + whole.count("{") <= SHOWN_BRACKETS


def shown_value(value):
    """A number that JSON has not is written as its bytes."""
    if isinstance(value, dict):
        return {name: shown_value(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shown_value(part) for part in value]
    if isinstance(value, float) and canonical(value) in NOT_IN_JSON:
        return {"double": canonical(value)[1:-1]}
    return value


def check_verdicts(path):
    wrong, count = [], 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            case = json.loads(line)
            reader = Reader(case["reader"], case["phase"], case["maxMessageBytes"], case["checksums"])
            reader.take(bytes.fromhex(case["hex"]))
            result = reader.result()
            count += 1
            if digest(result) != case["digest"]:
                wrong.append(f"stream {case['place']}: read {json.dumps(result)[:600]}")
    return wrong, count


def main():
    command, path = sys.argv[1:]
    check = {"vectors": check_vectors, "verdicts": check_verdicts}[command]
    wrong, count = check(path)
    for line in wrong[:20]:
        print(line)
    print(f"{count - len(wrong)} of {count} agree")
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
