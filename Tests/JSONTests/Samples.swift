// SPDX-License-Identifier: Apache-2.0

/// Texts that several tests go through.
enum Samples {
  /// A body as the provider's documentation prints it, with JSON inside a string.
  static let callback = #"""
    {"code":200,"msg":"Playground task completed successfully.","data":{"taskId":"0123456789abcdef0123456789abcdef",
    "model":"sora-2","state":"success","param":"{\"input\":{\"prompt\":\"a red kite\"}}",
    "resultJson":"{\"resultUrls\":[\"https://files.example.test/a.mp4\"]}","failCode":null,"failMsg":null,
    "costTime":8.5,"createTime":1760000000000,"retried":false,"tags":["a",[],{},-0.5e-3]}}
    """#

  /// Valid texts of every kind of token, each with its compact form.
  static let valid: [(text: String, compact: String)] = [
    ("null", "null"),
    (" true ", "true"),
    ("\tfalse\r\n", "false"),
    ("0", "0"),
    ("-0", "-0"),
    ("-0.0", "-0.0"),
    ("10", "10"),
    ("0e1", "0e1"),
    ("1E+2", "1E+2"),
    ("1.5e-007", "1.5e-007"),
    ("1e400", "1e400"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    (#""""#, #""""#),
    (#""a""#, #""a""#),
    (#""12345678""#, #""12345678""#),
    (#""1234567\"""#, #""1234567\"""#),
    (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\b\f\n\r\t""#),
    (#""\u0000\u001f\u007F""#, "\"\\u0000\\u001f\u{7F}\""),
    (#""\u00e9\u20AC""#, "\"é€\""),
    (#""\ud834\udd1e""#, "\"\u{1D11E}\""),
    (#""\uD83D\uDE00 and \uFFFF""#, "\"😀 and \u{FFFF}\""),
    (
      "\"\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}\"",
      "\"\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}\""
    ),
    ("\"\u{FEFF}\"", "\"\u{FEFF}\""),
    ("[]", "[]"),
    (" [ ] ", "[]"),
    ("{}", "{}"),
    ("{ }", "{}"),
    ("[[],[[]],{}]", "[[],[[]],{}]"),
    ("[1 , 2,\n3]", "[1,2,3]"),
    (#"{"":0}"#, #"{"":0}"#),
    (#"{ "a" : { "b" : [ 1 ] } , "c" : null }"#, #"{"a":{"b":[1]},"c":null}"#),
    (#"{"a":1,"a":2,"\u0061":3}"#, #"{"a":1,"a":2,"a":3}"#),
    (#"[{"a":[]},{"a":{}}]"#, #"[{"a":[]},{"a":{}}]"#),
  ]
}
