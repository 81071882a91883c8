// SPDX-License-Identifier: Apache-2.0

import Receiver
import Testing

@Suite("Tables")
struct TextTableTests {
  private let table = TextTable(
    header: ["ID", "STATE", "MODEL"],
    rows: [["tsk_1", "success", "sora"], ["tsk_22", "fail", ""], ["日本", "x", "a-rather-long-model-name"]])

  @Test("columns are aligned by what they take on the screen, without blanks at line ends")
  func aligned() {
    #expect(
      table.render() == """
        ID      STATE    MODEL
        tsk_1   success  sora
        tsk_22  fail
        日本    x        a-rather-long-model-name

        """)
  }

  @Test("the widest column gives way to the terminal's width")
  func truncated() {
    #expect(
      table.render(width: 32) == """
        ID      STATE    MODEL
        tsk_1   success  sora
        tsk_22  fail
        日本    x        a-rather-long-…

        """)
  }

  @Test("the first column is never cut")
  func ids() {
    let table = TextTable(header: ["ID", "MODEL"], rows: [["tsk_01K00000000000000000000000", "a-long-model-name"]])
    #expect(
      table.render(width: 20) == "ID                              MODEL\ntsk_01K00000000000000000000000  a-long-…\n")
  }

  @Test("no line is wider than the terminal as long as columns have their least width", arguments: 28...60)
  func fits(width: Int) {
    for line in table.render(width: width).split(separator: "\n") { #expect(line.count <= width) }
  }

  @Test("control characters of others do not reach the terminal")
  func controls() {
    let text = TextTable(header: ["A"], rows: [["x\u{1B}[31m\ny\u{9B}z\u{202E}"]]).render()
    #expect(text == "A\nx [31m y z\n")
  }

  @Test("a row with fewer cells than the header, and no rows")
  func ragged() {
    #expect(TextTable(header: ["A", "B"], rows: [["1"]]).render() == "A  B\n1\n")
    #expect(TextTable(header: ["A", "B"], rows: []).render(width: 1) == "A  B\n")
  }
}

@Suite("Progress")
struct ProgressTests {
  private func progress(_ percent: Int?, state: String = "generating", seconds: Int = 65) -> Progress {
    Progress(state: state, percent: percent, elapsed: .seconds(seconds))
  }

  @Test("state, bar, percent and time")
  func line() {
    #expect(progress(60).line(width: 38) == "generating  ████████░░░░░░   60%  1:05")
    #expect(progress(nil).line(width: 38).hasSuffix("░   --%  1:05"))
    #expect(progress(100, seconds: 3605).line(width: 60).hasSuffix("█  100%  1:00:05"))
  }

  @Test(
    "the bar fills with the percentage", arguments: [(0, 0), (1, 0), (50, 20), (99, 39), (100, 40), (101, 40), (-1, 0)])
  func bar(percent: Int, filled: Int) {
    let line = progress(percent).line(width: 100)
    #expect(line.count { $0 == "█" } == filled)
    #expect(line.count { $0 == "░" } == 40 - filled)
  }

  @Test("a line is never wider than asked", arguments: 1...120)
  func width(columns: Int) {
    for percent in [nil, 0, 42, 100] {
      for state in ["generating", "x", "a-state-that-nobody-has-ever-heard-of", "a\nb"] {
        #expect(progress(percent, state: state).line(width: columns).count <= columns)
      }
    }
  }

  @Test("on a terminal one line is redrawn, and ended once")
  func interactive() {
    var renderer = ProgressRenderer(style: TerminalStyle(columns: 60, environment: ["NO_COLOR": "1"]))
    let first = renderer.update(progress(1)), second = renderer.update(progress(1, seconds: 66))
    #expect(first.hasPrefix("\rgenerating") && first.hasSuffix("1:05\u{1B}[K"))
    #expect(second.hasSuffix("1:06\u{1B}[K"))
    #expect(renderer.finish() == "\n")
    #expect(renderer.finish() == "")
  }

  @Test("elsewhere a line is written only on change")
  func plain() {
    for style in [
      TerminalStyle(columns: nil, environment: [:]), TerminalStyle(columns: 80, environment: ["TERM": "dumb"]),
    ] {
      var renderer = ProgressRenderer(style: style)
      #expect(renderer.update(progress(nil, state: "waiting")) == "waiting\n")
      #expect(renderer.update(progress(nil, state: "waiting", seconds: 99)) == "")
      #expect(renderer.update(progress(5)) == "generating 5%\n")
      #expect(renderer.update(progress(5)) == "")
      #expect(renderer.finish() == "")
    }
  }

  @Test("colour only where it is wanted")
  func color() {
    for (environment, usesColor) in [
      ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
    ] {
      let style = TerminalStyle(columns: 80, environment: environment)
      #expect(style.usesColor == usesColor)
    }
    #expect(progress(50).line(width: 80, color: true).contains("\u{1B}[36m█"))
    #expect(!progress(50).line(width: 80).contains("\u{1B}"))
  }
}
