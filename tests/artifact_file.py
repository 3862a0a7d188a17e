"""The tables of an artifact's file as tests change them: where they are, and the hash that seals them (64-bit xxHash)."""
import struct

MAGIC = b"INGOT\r\n\x1a"
BLOCK = 1 << 20
P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
MASK = (1 << 64) - 1


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK


def lane_round(lane, word):
    return rotate((lane + word * P2) & MASK, 31) * P1 & MASK


def xxh64(data):
    data = bytes(data)
    at = len(data) // 32 * 32
    if at:
        lanes = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        for words in struct.iter_unpack("<4Q", data[:at]):
            lanes = [lane_round(lane, word) for lane, word in zip(lanes, words)]
        result = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            result = ((result ^ lane_round(0, lane)) * P1 + P4) & MASK
    else:
        result = P5
    result = (result + len(data)) & MASK
    while len(data) - at >= 8:
        result = (rotate(result ^ lane_round(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & MASK
        at += 8
    if len(data) - at >= 4:
        result = (rotate(result ^ struct.unpack_from("<I", data, at)[0] * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        result = rotate(result ^ byte * P5 & MASK, 11) * P1 & MASK
    result = (result ^ result >> 33) * P2 & MASK
    result = (result ^ result >> 29) * P3 & MASK
    return result ^ result >> 32


def table_offset(data):
    """Of the last table in the file; the runtime's code in an executable holds the magic bytes too, before it or behind it."""
    at = -1
    while (at := data.find(MAGIC, at + 1)) >= 0:
        version, size = struct.unpack_from("<II", data, at + 8)
        if at % 8 == 0 and version < 100 and 200 < size < 1000:
            return at
    raise ValueError("no table")


def table_size(data):
    return struct.unpack_from("<Q", data, table_offset(data) + 16)[0]


def seal_table(data):
    """Gives the table of a bytearray the hash its bytes have."""
    at = table_offset(data)
    table = bytearray(data[at:at + table_size(data)])
    table[24:32] = bytes(8)
    struct.pack_into("<Q", data, at + 24, xxh64(table))


def sections(data):
    """Name, address, offset, size and flags of each section of a 64-bit ELF file."""
    start, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    headers = [struct.unpack_from("<IIQQQQ", data, start + 64 * i) for i in range(count)]
    text = headers[names][4]
    return [(bytes(data[text + h[0]:data.index(b"\0", text + h[0])]).decode(), h[3], h[4], h[5], h[2]) for h in headers if h[1] not in (0, 8)]


def seal_weights(data):
    """Gives the first block of weights the hash its bytes have, and seals the table."""
    weights = next((offset, size) for name, _, offset, size, _ in sections(data) if name == ".ingot.weights")
    at = table_offset(data)
    size, = struct.unpack_from("<Q", data, at + 56)
    spans = at + 88 + 4 * 24  # behind the image ranges
    hashes, count, _ = struct.unpack_from("<III", data, spans + 12 * 12)
    assert count == (size + BLOCK - 1) // BLOCK, (count, size)
    struct.pack_into("<Q", data, at + hashes, xxh64(data[weights[0]:weights[0] + min(size, BLOCK)]))
    seal_table(data)
    return weights[0], size
