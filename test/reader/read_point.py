#!/usr/bin/python3
"""Reads a Holdfast vault, format 1, with nothing of Holdfast: written from docs/format alone.

It is there to prove that the pages are enough, and as a last resort if the program cannot be run any more.
It needs Debian's python3-cryptography and python3-zstandard, and it only ever reads.

    read_point.py VAULT --key-file FILE points
    read_point.py VAULT --key-file FILE list POINT
    read_point.py VAULT --key-file FILE failures POINT
    read_point.py VAULT --key-file FILE restore POINT PATH > file

A POINT is an id, its first digits, or "latest". Instead of a key file: --recovery-key HF1-...
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys
import zlib

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NO_NONCE = bytes(12)
RAW_BYTES_MAX = 268_435_456
HASHED = ("pack", "index", "point")


class Damaged(Exception):
    """Something stored is not what the pages say."""


def check(condition, what):
    if not condition:
        raise Damaged(what)


def hkdf(key, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt or bytes(32), info.encode()).derive(key)


# --- objects.md ---------------------------------------------------------------------------------


class Folder:
    def __init__(self, path):
        self.path = path

    def _primary(self, kind, name):
        parts = (kind, name[:2], name) if kind == "pack" else (kind, name)
        return os.path.join(self.path, *parts)

    @staticmethod
    def _bytes(path):
        try:
            with open(path, "rb") as file:
                return file.read() or None
        except FileNotFoundError:
            return None

    def find(self, kind, name):
        """The bytes of an object, from its primary or its second copy; None if there is neither."""
        primary = self._bytes(self._primary(kind, name))
        copy = self._bytes(os.path.join(self.path, "copies", kind, name))
        if kind in HASHED:
            for data in (primary, copy):
                if data is not None and hashlib.sha256(data).hexdigest() == name:
                    return data
            check(primary is None and copy is None, f"{kind}/{name} is not what its name says")
            return None
        if copy is not None and len(copy) > 32 and hashlib.sha256(copy[:-32]).digest() == copy[-32:]:
            return copy[:-32]
        return primary

    def get(self, kind, name):
        data = self.find(kind, name)
        check(data is not None, f"{kind}/{name} is missing")
        return data

    def part_of_pack(self, name, offset, length):
        with open(self._primary("pack", name), "rb") as file:
            file.seek(offset)
            data = file.read(length)
        check(len(data) == length, f"pack/{name} is cut short")
        return data

    def list(self, kind):
        found = set()
        for folder in (os.path.join(self.path, kind), os.path.join(self.path, "copies", kind)):
            if os.path.isdir(folder):
                found.update(os.listdir(folder))
        return sorted(name for name in found if re.fullmatch(r"[0-9a-z][0-9a-z-]{0,99}", name))

    def list_packs(self):
        found = set()
        root = os.path.join(self.path, "pack")
        for shard in os.listdir(root):
            if re.fullmatch(r"[0-9a-f]{2}", shard):
                for name in os.listdir(os.path.join(root, shard)):
                    if re.fullmatch(r"[0-9a-f]{64}", name) and name.startswith(shard):
                        found.add(name)
        return found


# --- keys.md ------------------------------------------------------------------------------------


def secret_of_key_file(text):
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    check(len(lines) == 3 and lines[0] == "holdfast-key-v1", "this is not a key file")
    secret = base64.b64decode(lines[1], validate=True)
    check(len(secret) == 32, "the key file does not hold 32 bytes")
    digest = hashlib.sha256(b"holdfast-key-v1\n" + secret).hexdigest()
    check(digest[:16] == lines[2], "the key file is mangled")
    return secret


BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def secret_of_recovery_key(text):
    plain = re.sub(r"[\s-]", "", text).upper()
    prefix, plain = plain[:3], plain[3:]
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    check(prefix == "HF1" and len(plain) == 58, "this is not a recovery key")
    check(all(letter in BASE32 for letter in plain), "this is not a recovery key")
    digits = [BASE32.index(letter) for letter in plain]
    value = 1
    for digit in [17, 15, 1] + digits:
        top = value >> 25
        value = ((value & 0x1FFFFFF) << 5) ^ digit
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> i & 1:
                value ^= g
    check(value == 0x2BC830A3, "the recovery key has a typing error")
    number = 0
    for digit in digits[:52]:
        number = number << 5 | digit
    check(number & 15 == 0, "the recovery key has a typing error")
    return (number >> 4).to_bytes(32, "big")


def open_slot(slot, secret):
    """The master key, or None if the slot belongs to another credential."""
    kdf = slot["kdf"]
    if kdf["kind"] != "hkdf-sha256":
        return None  # a passphrase's; this reader has no argon2id
    path = f"holdfast/v1/slot/{slot['vaultId']}/{slot['id']}"
    slot_key = hkdf(secret, bytes.fromhex(kdf["salt"]), path, 32)
    commitment = hkdf(slot_key, None, "holdfast/v1/slot-commit", 16)
    if commitment != bytes.fromhex(slot["commitment"]):
        return None
    lines = ["holdfast/v1/slot", slot["vaultId"], slot["id"], slot["kind"], str(slot["createdAt"])]
    lines += [f"hkdf-sha256 {kdf['salt']}", slot["label"]]
    wrap_key = hkdf(slot_key, None, "holdfast/v1/slot-wrap", 32)
    wrapped = bytes.fromhex(slot["wrapped"])
    try:
        return AESGCM(wrap_key).decrypt(NO_NONCE, wrapped, "\n".join(lines).encode())
    except InvalidTag:
        raise Damaged(f"slot/{slot['id']} was changed") from None


# --- tree.md ------------------------------------------------------------------------------------


class Cursor:
    """Takes numbers and texts off a run of bytes."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, length):
        check(self.at + length <= len(self.data), "a record ends too early")
        self.at += length
        return self.data[self.at - length : self.at]

    def u8(self):
        return self.take(1)[0]

    def u16(self):
        return struct.unpack("<H", self.take(2))[0]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def varint(self):
        value = 0
        for i in range(8):
            byte = self.u8()
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:
                check(value < 2**53, "a number is too large")
                return value
        raise Damaged("a number is too long")

    def zigzag(self):
        value = self.varint()
        return value >> 1 if value % 2 == 0 else -((value + 1) >> 1)

    def text(self):
        return self.take(self.varint())

    def more(self):
        return self.at < len(self.data)

    def end(self):
        check(not self.more(), "a record is longer than it says")


KINDS = (None, "file", "directory", "symlink", "fifo", "socket", "character-device", "block-device")


def read_extras(data):
    cursor = Cursor(data)
    extras = {}
    before = -1
    while cursor.more():
        tag = cursor.u8()
        check(tag > before, "extras are out of order")
        before = tag
        extras[tag] = cursor.text()
    return extras


def read_attributes(data):
    cursor = Cursor(data)
    found = {}
    while cursor.more():
        name = cursor.text()
        found[name] = cursor.text()
    return found


def read_pieces(data):
    """(length, id of the chunk, or None for zeros) of each piece."""
    cursor = Cursor(data)
    while cursor.more():
        coded = cursor.varint()
        yield coded >> 1, (None if coded & 1 else cursor.take(32))


def read_leaf(data):
    """Rows in the order of their keys: (key, entry); the entry of a tombstone is None."""
    cursor = Cursor(data)
    check(cursor.u8() == 1, "this node is not a leaf")
    owners = []
    for _ in range(cursor.varint()):
        owners.append((cursor.varint(), cursor.varint(), cursor.text(), cursor.text()))
    directory, name = None, b""
    seconds = inode = 0
    rows = []
    for _ in range(cursor.varint()):
        head = cursor.u8()
        if head & 0x80:
            directory, name = cursor.text(), b""
        check(directory is not None, "the first row of a leaf names no directory")
        shared = cursor.varint()
        check(shared <= len(name), "a name shares more than there is")
        name = name[:shared] + cursor.text()
        check(name not in (b".", b"..") and b"/" not in name and b"\0" not in name, "a hostile name")
        key = (directory, name)
        check(not rows or rows[-1][0] < key, "rows are out of order")
        entry = None
        if not head & 0x10:
            entry = {"kind": KINDS[head & 7], "inconsistent": bool(head & 8)}
            check(entry["kind"] is not None, "an entry of no kind")
            entry["mode"] = cursor.u16()
            entry["owner"] = owners[cursor.varint()]
            entry["links"] = cursor.varint()
            entry["size"] = cursor.varint()
            seconds += cursor.zigzag()
            nanoseconds = cursor.u32()
            entry["mtime"] = (seconds, nanoseconds)
            entry["ctime"] = (seconds + cursor.zigzag(), nanoseconds + cursor.zigzag())
            inode = (inode + cursor.zigzag()) % 2**32
            entry["inode"] = cursor.varint() * 2**32 + inode
        replaces = cursor.varint() if head & 0x20 else None
        if entry is not None:
            entry["extras"] = {}
        if head & 0x40:
            check(entry is not None, "a tombstone has extras")
            entry["extras"] = read_extras(cursor.text())
        rows.append((key, entry, replaces))
    cursor.end()
    return rows


# --- the vault ----------------------------------------------------------------------------------


class Vault:
    def __init__(self, path, secret):
        self.folder = Folder(path)
        self.config = json.loads(self.folder.get("vault", "config"))
        check(self.config["holdfast"] == "vault", "this is not a vault")
        check(self.config["format"] == 1, "this vault has another format")
        check(self.config["features"] == [], f"unknown features: {self.config['features']}")
        self.id = self.config["vaultId"]
        master = self._master_key(secret)
        self._seal_data = self._key(master, "seal-data")
        self._seal_meta = self._key(master, "seal-meta")
        self._chunk_id = self._key(master, "chunk-id")
        self._places = None
        self._block = (None, None)
        # order.md: ledger, then points, then index, then packs
        self.state = self.read_ledger()

    def _key(self, master, name):
        return hkdf(master, None, f"holdfast/v1/{name}/{self.id}", 32)

    def _master_key(self, secret):
        for name in self.folder.list("slot"):
            if not re.fullmatch(r"[0-9a-f]{16}", name):
                continue
            slot = json.loads(self.folder.get("slot", name))
            if slot.get("format") != 1 or slot["vaultId"] != self.id or slot["id"] != name:
                continue
            master = open_slot(slot, secret)
            if master is not None:
                return master
        raise Damaged("no slot of the vault opens with this key")

    # envelope.md
    def open_envelope(self, data, kind):
        check(len(data) >= 80, "an envelope is too short")
        header = data[:64]
        magic, letter, version, suite, codec, reserved = struct.unpack("<2sBBBBH", header[:8])
        raw, stored = struct.unpack("<II", header[56:])
        check(magic == b"HF" and version == 1 and suite == 1 and reserved == 0, "no envelope")
        check(chr(letter) == kind, f"an envelope of kind {chr(letter)} instead of {kind}")
        check(header[8:24].hex() == self.id, "an envelope of another vault")
        check(len(data) == 80 + stored and stored <= raw <= RAW_BYTES_MAX, "wrong lengths")
        base = self._seal_data if kind == "d" else self._seal_meta
        key = hmac.new(base, header[24:56], hashlib.sha256).digest()
        try:
            plain = AESGCM(key).decrypt(NO_NONCE, data[64:], header)
        except InvalidTag:
            raise Damaged("an envelope does not open") from None
        if codec == 1:
            with zstandard.ZstdDecompressor().stream_reader(plain) as stream:
                plain = stream.read(raw + 1)
        else:
            check(codec == 0, "an unknown codec")
        check(len(plain) == raw, "an envelope holds another length than it says")
        return plain

    # ledger.md
    def _entry(self, number):
        data = self.folder.find("ledger", f"{number:012d}")
        if data is None:
            return None
        entry = json.loads(self.open_envelope(data, "l"))
        check(entry["format"] == 1 and entry["number"] == number, f"entry {number} is damaged")
        return entry

    def read_ledger(self):
        numbers = [int(name) for name in self.folder.list("ledger") if re.fullmatch(r"\d{12}", name)]
        check(numbers, "there is no ledger")
        last = max(numbers)
        while self._entry(last + 1) is not None:
            last += 1
        later = []
        for number in range(last, 0, -1):
            entry = self._entry(number)
            check(entry is not None, f"entry {number} of the ledger is missing")
            later.append(entry)
            if entry["action"].get("state") is not None:
                break
        else:
            raise Damaged("no entry of the ledger carries a state")
        state = None
        for entry in reversed(later):
            state = self._follow(state, entry["action"], entry["number"])
        return state

    @staticmethod
    def _follow(state, action, number):
        kind = action["kind"]
        if kind in ("claim", "rebuild"):
            if action["state"] is None:
                return state
            full = action["state"]
            points = {point["id"]: dict(point) for point in full["points"]}
            condemned = {each["pack"] for each in full["condemned"]}
            return {"points": points, "condemned": condemned, "quarantined": set(full["quarantined"])}
        points = state["points"]
        if kind == "commit":
            points[action["point"]] = {"id": action["point"], "sequence": action["sequence"], "holds": []}
        elif kind == "expire":
            for point in action["points"]:
                points.pop(point, None)
        elif kind in ("hold", "release"):
            if action["point"] in points:
                point = points[action["point"]]
                added = [{"reason": action["reason"]}]
                point["holds"] = point["holds"] + added if kind == "hold" else []
        elif kind == "condemn":
            state["condemned"].update(action["packs"])
        elif kind in ("resurrect", "swept"):
            state["condemned"].difference_update(action["packs"])
        elif kind == "quarantine":
            state["quarantined"].update(action["packs"])
        elif kind not in ("extend", "trash", "untrash", "lock", "sweep"):
            raise Damaged(f"entry {number} has the unknown action {kind}")
        return state

    # point.md
    def points(self):
        found = []
        for point_id in self.state["points"]:
            point = json.loads(self.open_envelope(self.folder.get("point", point_id), "p"))
            check(point["format"] == 1, "a point of another format")
            found.append((point_id, point))
        return sorted(found, key=lambda each: each[1]["sequence"])

    def point(self, name):
        points = self.points()
        if name == "latest":
            check(points, "the vault has no point")
            return points[-1]
        matching = [each for each in points if each[0].startswith(name)]
        check(len(matching) == 1, f"{len(matching)} points begin with {name}")
        return matching[0]

    def failures(self, point):
        found = list(point["failures"])
        for chunk_id in point["failureLists"]:
            found += json.loads(self.chunk(bytes.fromhex(chunk_id)))["failures"]
        check(len(found) == point["failureCount"], "failures are missing")
        return found

    # index.md
    def _load_index(self):
        segments, superseded = {}, set()
        problems = {}
        for name in self.folder.list("index"):
            try:
                cursor = Cursor(self.open_envelope(self.folder.get("index", name), "i"))
            except Damaged as problem:
                problems[name] = problem
                continue
            superseded.update(cursor.take(32).hex() for _ in range(cursor.varint()))
            segments[name] = cursor
        for name, problem in problems.items():
            if name not in superseded:
                raise problem
        places = {}
        present = self.folder.list_packs()
        for name, cursor in segments.items():
            if name not in superseded:
                self._read_segment(cursor, present, places)
        return places

    def _read_segment(self, cursor, present, places):
        for _ in range(cursor.varint()):
            pack = cursor.take(32).hex()
            cursor.varint()  # its length
            offset = 16
            full = f"pack/{pack}"
            rank = (full in self.state["quarantined"], full in self.state["condemned"])
            for _ in range(cursor.varint()):
                kind = cursor.u8()
                length = cursor.varint()
                cursor.varint()  # length of the chunks
                for number in range(cursor.varint()):
                    half = cursor.take(16)
                    if pack in present:
                        place = (rank, pack, offset, length, "dt"[kind], number)
                        places.setdefault(half, []).append(place)
                offset += length
        cursor.end()

    # block.md
    def _open_block(self, pack, offset, length, kind):
        if self._block[0] != (pack, offset):
            data = self.open_envelope(self.folder.part_of_pack(pack, offset, length), kind)
            (count,) = struct.unpack("<I", data[:4])
            check(count <= 65_536 and len(data) >= 4 + 4 * count, "a block is cut short")
            lengths = struct.unpack(f"<{count}I", data[4 : 4 + 4 * count])
            check(len(data) == 4 + 4 * count + sum(lengths), "a block has another length")
            chunks, at = [], 4 + 4 * count
            for each in lengths:
                chunks.append(data[at : at + each])
                at += each
            self._block = ((pack, offset), chunks)
        return self._block[1]

    def chunk(self, chunk_id):
        if self._places is None:
            self._places = self._load_index()
        problem = Damaged(f"no pack holds the chunk {chunk_id.hex()}")
        for _, pack, offset, length, kind, number in sorted(self._places.get(chunk_id[:16], [])):
            try:
                chunk = self._open_block(pack, offset, length, kind)[number]
            except (Damaged, IndexError) as found:
                problem = found
                continue
            digest = hashlib.sha256(chunk).digest()
            if hmac.new(self._chunk_id, digest, hashlib.sha256).digest() == chunk_id:
                return chunk
        raise problem

    # tree.md
    def rows(self, node_id, level=None):
        data = self.chunk(node_id)
        if data[:1] == b"\1":
            check(level in (None, 0), "a leaf where a branch should be")
            yield from read_leaf(data)
            return
        cursor = Cursor(data)
        check(cursor.u8() == 2, "this node is neither a leaf nor a branch")
        own = cursor.u8()
        check(1 <= own <= 8 and level in (None, own), "a branch of a wrong level")
        children = []
        for _ in range(cursor.varint()):
            first = (cursor.text(), cursor.text())
            children.append((first, cursor.take(32)))
            cursor.zigzag(), cursor.zigzag()  # the sums
        cursor.end()
        for first, child in children:
            below = self.rows(child, own - 1)
            head = next(below)
            check(head[0] == first, "a branch names another first key than its child has")
            yield head
            yield from below

    def entries(self, point):
        """All entries of a point in the order of their keys: the base as its overlay corrects it."""
        base = self.rows(bytes.fromhex(point["base"]["id"]))
        overlay = iter(())
        if point["overlay"] is not None:
            overlay = self.rows(bytes.fromhex(point["overlay"]["id"]))
        old, new = next(base, None), next(overlay, None)
        while old is not None or new is not None:
            if new is None or (old is not None and old[0] < new[0]):
                yield old[0], old[1]
                old = next(base, None)
                continue
            both = old is not None and old[0] == new[0]
            check(both == (new[2] is not None), "an overlay disagrees with its base")
            if both:
                check(old[1]["size"] == new[2], "an overlay disagrees with its base")
                old = next(base, None)
            if new[1] is not None:
                yield new[0], new[1]
            new = next(overlay, None)

    def pieces_of(self, entry):
        extras = entry["extras"]
        if 3 in extras:
            ids = Cursor(extras[3])
            while ids.more():
                yield from read_pieces(self.chunk(ids.take(32)))
        else:
            yield from read_pieces(extras.get(2, b""))

    def content(self, entry):
        """The content of a file, piece by piece, checked."""
        total, crc = 0, 0
        for data in self._stretches(entry):
            total += len(data)
            crc = zlib.crc32(data, crc)
            yield data
        check(total == entry["size"], "a file has another length than its entry says")
        if 4 in entry["extras"]:
            check(crc == Cursor(entry["extras"][4]).varint(), "the CRC-32 of a file is another")

    def _stretches(self, entry):
        if 1 in entry["extras"]:
            yield entry["extras"][1]
            return
        for length, chunk_id in self.pieces_of(entry):
            if chunk_id is not None:
                data = self.chunk(chunk_id)
                check(len(data) == length, "a chunk has another length than its piece says")
                yield data
                continue
            while length > 0:
                part = min(length, 1 << 20)
                length -= part
                yield bytes(part)


def path_of(key):
    directory, name = key
    return directory.replace(b"\0", b"/") + name


# --- what people call ---------------------------------------------------------------------------


def json_bytes(data):
    """point.md: text where it is text, hex: and digits otherwise."""
    try:
        text = data.decode()
        return text if not text.startswith("hex:") else "hex:" + data.hex()
    except UnicodeDecodeError:
        return "hex:" + data.hex()


def describe(vault, key, entry):
    uid, gid, user, group = entry["owner"]
    extras = entry["extras"]
    line = {
        "path": json_bytes(path_of(key)),
        "kind": entry["kind"],
        "mode": f"{entry['mode']:04o}",
        "uid": uid,
        "gid": gid,
        "user": user.decode(),
        "group": group.decode(),
        "links": entry["links"],
        "size": entry["size"],
        "mtime": "%d.%09d" % entry["mtime"],
    }
    if entry["inconsistent"] or 0 in extras:
        line["flawed"] = True
    if 5 in extras:
        line["target"] = json_bytes(extras[5])
    if 6 in extras:
        device = Cursor(extras[6])
        line["device"] = f"{device.varint()}:{device.varint()}"
    if 7 in extras:
        found = read_attributes(extras[7])
        line["attributes"] = {json_bytes(name): found[name].hex() for name in sorted(found)}
    if 8 in extras:
        line["inodeFlags"] = Cursor(extras[8]).varint()
    if 9 in extras and entry["kind"] == "file" and not entry["inconsistent"]:
        # tree.md: names are one file only where all but the number of links and the owner's names agree.
        facts = [entry[fact] for fact in ("mode", "size", "mtime", "ctime", "inode")]
        line["linkGroup"] = repr((facts, uid, gid, sorted(extras.items())))
    if entry["kind"] == "file":
        digest = hashlib.sha256()
        for data in vault.content(entry):
            digest.update(data)
        line["sha256"] = digest.hexdigest()
    return line


def show(line):
    print(json.dumps(line, ensure_ascii=False, sort_keys=True))


def main():
    parser = argparse.ArgumentParser(description="Reads a Holdfast vault, format 1.")
    parser.add_argument("vault")
    parser.add_argument("--key-file")
    parser.add_argument("--recovery-key")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("points")
    commands.add_parser("list").add_argument("point")
    commands.add_parser("failures").add_argument("point")
    restore = commands.add_parser("restore")
    restore.add_argument("point")
    restore.add_argument("path", type=os.fsencode)
    asked = parser.parse_args()
    if asked.key_file:
        with open(asked.key_file, encoding="utf-8") as file:
            secret = secret_of_key_file(file.read())
    else:
        secret = secret_of_recovery_key(asked.recovery_key or "")
    vault = Vault(asked.vault, secret)
    if asked.command == "points":
        for point_id, point in vault.points():
            holds = [hold["reason"] for hold in vault.state["points"][point_id]["holds"]]
            show({"id": point_id, "holds": holds, **point})
    elif asked.command == "list":
        _, point = vault.point(asked.point)
        count = size = 0
        for key, entry in vault.entries(point):
            show(describe(vault, key, entry))
            count, size = count + 1, size + entry["size"]
        roots = [root for root in (point["base"], point["overlay"]) if root is not None]
        check(count == sum(root["entries"] for root in roots), "entries are missing or too many")
        check(size == sum(root["bytes"] for root in roots), "the bytes are not those of the point")
    elif asked.command == "failures":
        for failure in vault.failures(vault.point(asked.point)[1]):
            show(failure)
    else:
        restore_one(vault, asked.point, asked.path)


def restore_one(vault, name, path):
    _, point = vault.point(name)
    for key, entry in vault.entries(point):
        if path_of(key) == path:
            check(entry["kind"] == "file", "this is not a file")
            for data in vault.content(entry):
                sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return
    raise Damaged(f"the point has no {os.fsdecode(path)}")


if __name__ == "__main__":
    try:
        main()
    except Damaged as damage:
        sys.stdout.flush()
        sys.exit(f"{damage}")
