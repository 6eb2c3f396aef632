"""A stand-in for the Telegraph, so that everybody can record again, and test the provider itself."""

import json
from http.server import BaseHTTPRequestHandler

REFUSALS = {
    "busy": (429, {"retry-after": "2"}, b"All wires are busy"),
    "Atlantis": (404, {}, b"No wire leads to Atlantis"),
}


class Telegraph(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        question = asked["lines"][-1]
        for word, (status, headers, reason) in REFUSALS.items():
            if word in question:
                self.begin(status, headers)
                self.wfile.write(reason)
                return
        words = ["Arriving ", "Tuesday ", "noon", " stop"]
        sent = words[: asked["limit"]]
        self.begin(200, {"content-type": "application/jsonl"})
        for word in sent:
            self.tell(word=word)
        if "cut" not in question:
            stop = "stop" if len(sent) == len(words) else "length"
            self.tell(stop=stop, read=len(question.split()), sent=len(sent))

    def begin(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def tell(self, **telegram):
        self.wfile.write(f"{json.dumps(telegram)}\n".encode())
        self.wfile.flush()

    def log_message(self, *args):
        pass
