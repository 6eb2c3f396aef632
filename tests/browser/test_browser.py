"""What a page of another origin can do with the server: a real browser decides."""

import pytest

READ = """async url => {
    const answer = await fetch(url, {
        method: "PUT", headers: {"Content-Type": "application/json"}, body: '{"shape": {"id": 0}}',
    });
    return {
        id: (await answer.json()).id,
        source: answer.headers.get("X-LLMock-Source"),
        shape: answer.headers.get("X-Response-Schema"),
    };
}"""
REFUSED = """async url => {
    try { await fetch(url, {method: "PUT"}); return "answered"; } catch (error) { return error.name; }
}"""
STREAM = """url => new Promise((resolve, reject) => {
    const items = [], source = new EventSource(url);
    source.onmessage = event => {
        const said = JSON.parse(event.data);
        items.push(said.item.id);
        if (said.done) { source.close(); resolve(items); }
    };
    source.onerror = () => { source.close(); reject(new Error("the stream failed")); };
})"""
STREAMED = "/stream/users?sseMode=ArrayItems&count=4&shape=%5B%7B%22id%22%3A0%7D%5D"
COOKIE = """async url => {
    const answer = await fetch(url, {credentials: "include", headers: {"X-Anything": "1"}});
    return answer.status;
}"""


@pytest.fixture
def session_of(opened, origin):
    """A session whose settings let the page's origin in."""

    def session_of(**cors):
        return opened(settings={"Cors": {"Enabled": True, "AllowedOrigins": [origin], **cors}})

    return session_of


def test_a_page_of_an_allowed_origin_asks_and_reads(page, session_of):
    """The browser asks first, then sends, and shows the page our headers."""
    session = session_of()

    said = page.evaluate(READ, f"{session.url}/api/mock/users/7?includeSchema=true")

    assert said == {"id": 7, "source": "synthetic", "shape": '{"id":0}'}
    assert [call.method for call in session.calls] == ["PUT"]


def test_a_page_of_another_origin_is_refused(page, opened):
    """Without a setting nothing is sent after the browser's question."""
    session = opened()

    said = page.evaluate(REFUSED, f"{session.url}/api/mock/users/7")

    assert said == "TypeError"
    assert not [*session.calls]


def test_event_source_reads_a_stream_across_origins(page, session_of):
    """To the end, in order."""
    said = page.evaluate(STREAM, f"{session_of().url}/api/mock{STREAMED}")

    assert said == [1, 2, 3, 4]


def test_a_page_may_send_its_cookies_where_that_is_allowed(page, session_of):
    """An origin that is named, and `AllowCredentials`."""
    said = page.evaluate(COOKIE, f"{session_of(AllowCredentials=True).url}/api/mock/users/7")

    assert said == 200
