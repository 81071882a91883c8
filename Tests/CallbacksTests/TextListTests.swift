// SPDX-License-Identifier: Apache-2.0

import Callbacks
import Testing

@Suite("Lists of texts")
struct TextListTests {
  @Test("texts come out as they went in, however they went in", arguments: 0...4)
  func order(count: Int) {
    let texts = (0..<count).map { "text \($0)" }
    var appended = TextList()
    for text in texts { appended.append(text) }
    #expect(Array(appended) == texts && Array(TextList(texts)) == texts)
    #expect(appended == TextList(texts) && appended.hashValue == TextList(texts).hashValue)
    #expect(appended.count == count && appended.isEmpty == (count == 0) && appended.first == texts.first)
    #expect(texts.indices.map { appended[$0] } == texts)
  }

  @Test("lists are equal if and only if all their texts are")
  func equality() {
    let lists: [TextList] = [[], ["a"], ["b"], ["a", "b"], ["b", "a"], ["a", "a"], [""]]
    for (place, list) in lists.enumerated() {
      #expect(lists.enumerated().allSatisfy { ($1 == list) == ($0 == place) })
    }
  }
}
