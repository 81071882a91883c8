// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import OpenSSL
internal import Server

/// The page at `/`: readiness, recent tasks and refused requests, as the API tells them. One file that loads nothing and
/// may do nothing but ask this server; what it shows came from outside and is set as text, never as markup.
enum WebPage {
  static let response = Response(
    status: 200,
    fields: [
      ResponseHead.Field("Content-Type", "text/html; charset=utf-8"),
      ResponseHead.Field("Content-Security-Policy", policy),
    ], body: .bytes(Array(html.utf8)))

  /// The two inline parts are allowed by their hashes (CSP Level 3, 2.3.1), so that no other could run.
  private static let policy =
    "default-src 'none'; connect-src 'self'; script-src '\(source(script))'; style-src '\(source(style))'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func source(_ text: String) -> String {
    var encoded = Array("sha256-".utf8)
    Base64.standard.encode(SHA256.hash(Array(text.utf8).span).span, to: &encoded)
    return String(decoding: encoded, as: UTF8.self)
  }

  private static let html = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Hookledger</title>
    <style>\(style)</style>
    </head>
    <body>
    <h1>Hookledger</h1>
    <form id="ask" hidden>
    <label>API token <input id="token" type="password" autocomplete="off"></label> <button>Use</button>
    </form>
    <p id="said" role="status"></p>
    <pre id="ready"></pre>
    <h2>Tasks</h2>
    <table><thead><tr><th>Created<th>Task<th>Model<th>State<th>Progress<th>Trust<th>To look at</tr></thead>
    <tbody id="tasks"></tbody></table>
    <h2>Refused requests</h2>
    <table><thead><tr><th>Received<th>Request<th>Reason<th>Target</tr></thead><tbody id="refused"></tbody></table>
    <script>\(script)</script>
    </body>
    </html>

    """

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
    table{border-collapse:collapse;width:100%}
    th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top;overflow-wrap:anywhere}
    .success{color:#17803d}.fail,.refused,.unknown{color:#b3261e}
    @media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}.success{color:#5cc98a}
    .fail,.refused,.unknown{color:#ff8a80}}
    """

  /// The token lives in a variable: whoever closes the page forgets it.
  private static let script = """
    'use strict';
    let token = '';
    const at = id => document.getElementById(id);
    const say = text => { at('said').textContent = text; };
    async function get(path) {
      const answer = await fetch(path, token ? {headers: {Authorization: 'Bearer ' + token}} : {});
      at('ask').hidden = answer.status !== 401;
      if (answer.status === 401) throw new Error(token ? 'This is not the token.' : 'This server asks for its token.');
      if (!answer.ok && answer.status !== 503) throw new Error(path + ' is answered with ' + answer.status);
      return answer;
    }
    function fill(id, rows) {
      at(id).replaceChildren(...rows.map(cells => {
        const row = document.createElement('tr');
        for (const [text, style] of cells) {
          const cell = document.createElement('td');
          cell.textContent = text ?? '';
          if (style) cell.className = style;
          row.append(cell);
        }
        return row;
      }));
    }
    async function show() {
      try {
        at('ready').textContent = await (await get('/readyz?verbose')).text();
        const tasks = await (await get('/api/v1/tasks?limit=20')).json();
        fill('tasks', tasks.data.map(t => [[t.createdAt], [t.id], [t.model], [t.state, t.state],
          [t.progress === null ? '' : t.progress + ' %'], [t.trust], [t.alerts.join('; ')]]));
        const refused = await (await get('/api/v1/requests?status=refused&limit=20')).json();
        fill('refused', refused.data.map(r => [[r.receivedAt], [r.id], [r.reason], [r.target]]));
        say('As of ' + new Date().toLocaleTimeString());
      } catch (error) { say(error.message); }
    }
    at('ask').addEventListener('submit', event => {
      event.preventDefault();
      token = at('token').value;
      at('token').value = '';
      show();
    });
    show();
    setInterval(() => { if (!document.hidden && at('ask').hidden) show(); }, 5000);
    """
}
