"""A real model server for the tests: llama.cpp's own, from the xllamacpp wheel, with a tiny random model.

Run as a script it serves: `python llama.py MODEL.gguf` prints its base URL on one line and ends when its
standard input closes, so that it cannot outlive the tests.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODEL = "tiny-random"
CONTEXT = 8192
SLOTS = 4
BYTE_TOKENS = 256
TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}<assistant> "
WORDS = ("\u2581", *map(chr, range(33, 127)), "\u2581the", "ing", '":', '\u2581"', "er", "an", "on")


@dataclass(frozen=True)
class Llama:
    """A running server: each call may use `context` tokens."""

    base_url: str
    model: str = MODEL
    context: int = CONTEXT // SLOTS


@contextmanager
def serving(folder: Path) -> Iterator[Llama]:
    """The server on a free loopback port, its model and its log in `folder`."""
    gguf = folder / "tiny.gguf"
    write_model(gguf)
    command = [sys.executable, __file__, str(gguf)]
    with (
        (folder / "llama.log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        address = server.stdout.readline().decode().strip()
        assert address, f"llama.cpp did not start:\n{(folder / 'llama.log').read_text()[-2000:]}"
        try:
            yield Llama(f"{address}/v1/")
        finally:
            server.stdin.close()
            server.wait(10)


def write_model(path: Path, *, width: int = 64, layers: int = 2, heads: int = 4, inner: int = 128) -> None:
    """Write a random llama of half a megabyte. It babbles ASCII, and JSON where a grammar makes it.

    Dimension 0 of every embedding is the same large number: the output weights in it decide how likely a
    token is, whatever came before. Byte tokens get none, as random bytes are no UTF-8 and the server then
    fails; the quotation mark gets more, so that strings under a grammar stay short.
    """
    import gguf
    import numpy as np

    random = np.random.default_rng(7)
    tokens, types = vocabulary(gguf.TokenType)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(MODEL)
    writer.add_vocab_size(len(tokens))
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_scores([-float(place) for place in range(len(tokens))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)

    def noise(name: str, *shape: int, scale: float = 0.05) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * scale).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(width, np.float32))

    embedding = (random.standard_normal((len(tokens), width)) * 0.05).astype(np.float32)
    embedding[:, 0] = 8.0
    output = (random.standard_normal((len(tokens), width)) * 0.3).astype(np.float32)
    output[:, 0] = [
        likelihood(token, kind == gguf.TokenType.BYTE) for token, kind in zip(tokens, types, strict=True)
    ]
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    ones("output_norm.weight")
    for layer in range(layers):
        block = f"blk.{layer}"
        ones(f"{block}.attn_norm.weight")
        ones(f"{block}.ffn_norm.weight")
        for matrix in ("attn_q", "attn_k", "attn_v", "attn_output"):
            noise(f"{block}.{matrix}.weight", width, width)
        noise(f"{block}.ffn_gate.weight", inner, width)
        noise(f"{block}.ffn_up.weight", inner, width)
        noise(f"{block}.ffn_down.weight", width, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary(kinds):
    """Tokens and their types: three of control, every byte, then ASCII characters and a few syllables."""
    control = [(b"<unk>", kinds.UNKNOWN), (b"<s>", kinds.CONTROL), (b"</s>", kinds.CONTROL)]
    every_byte = [(f"<0x{byte:02X}>".encode(), kinds.BYTE) for byte in range(BYTE_TOKENS)]
    words = [(word.encode(), kinds.NORMAL) for word in WORDS]
    tokens, types = zip(*control, *every_byte, *words, strict=True)
    return list(tokens), list(types)


def likelihood(token: bytes, is_byte: bool) -> float:
    """The output weight of a token in dimension 0."""
    return -10.0 if is_byte else {b'"': 0.35, "\u2581".encode(): -0.4}.get(token, 0.0)


def serve(gguf: str) -> None:
    """Serve the model until standard input closes."""
    said = os.dup(1)
    os.dup2(2, 1)  # llama.cpp logs to standard output, and nobody reads that pipe
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = gguf
    settings.model_alias = {MODEL}
    settings.n_ctx = CONTEXT
    settings.n_parallel = SLOTS
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.cpuparams.n_threads = 1
    settings.cpuparams_batch.n_threads = 1
    settings.n_threads_http = 8
    settings.warmup = False
    server = xllamacpp.Server(settings)
    os.write(said, f"{server.listening_address}\n".encode())
    sys.stdin.read()
    os._exit(0)  # its threads do not end by themselves


if __name__ == "__main__":
    serve(sys.argv[1])
