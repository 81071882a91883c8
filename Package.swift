// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// One set of language settings for every target: Swift 6 mode, imports internal unless said otherwise,
/// and no member reachable without importing the module that declares it.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The pure targets and everything that composes them: strict memory safety, so that `unsafe` marks every exception.
let strict: [SwiftSetting] = settings + [.strictMemorySafety()]

let package = Package(
  name: "hookledger",
  products: [.executable(name: "hookledger", targets: ["hookledger"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // C: module maps and thin shims, a reason per function.
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    .target(name: "Threads", dependencies: ["CLinux"], swiftSettings: strict),

    // Pure: no I/O.
    .target(name: "CVector"),
    .target(name: "JSON", dependencies: ["CVector"], swiftSettings: strict),
    .target(name: "HTTP1", dependencies: ["CVector"], swiftSettings: strict),
    .target(name: "OpenSSL", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(name: "Callbacks", dependencies: ["HTTP1", "JSON", "OpenSSL"], swiftSettings: strict),

    // State on disk.
    .target(name: "Ledger", dependencies: ["Callbacks", "CLinux", "JSON", "Threads"], swiftSettings: strict),

    // Outgoing: the provider and what we ask of it.
    .target(name: "HTTPClient", dependencies: ["CCurl"], swiftSettings: strict),
    .target(name: "Provider", dependencies: ["Callbacks", "HTTPClient", "JSON"], swiftSettings: strict),
    .target(
      name: "Submitter",
      dependencies: ["Callbacks", "HTTPClient", "JSON", "Ledger", "OpenSSL", "Provider"],
      swiftSettings: strict),

    // Incoming: sockets, then HTTP on sockets.
    .target(name: "Reactor", dependencies: ["CLinux", "Threads"], swiftSettings: strict),
    .target(name: "Server", dependencies: ["HTTP1", "OpenSSL", "Reactor"], swiftSettings: strict),

    // Compositions.
    .target(
      name: "Receiver",
      dependencies: [
        "Callbacks", "HTTP1", "HTTPClient", "JSON", "Ledger", "OpenSSL", "Provider", "Reactor", "Server", "Submitter",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "Simulator",
      dependencies: ["Callbacks", "HTTP1", "HTTPClient", "JSON", "OpenSSL", "Reactor", "Server"],
      swiftSettings: strict),
    .executableTarget(
      name: "hookledger",
      dependencies: [
        "Callbacks", "HTTPClient", "JSON", "Ledger", "OpenSSL", "Provider", "Reactor", "Receiver", "Simulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Tests: one target each, in the same order; before them what several of them need.
    .target(name: "HTTP1Vectors", dependencies: ["HTTP1"], path: "Tests/HTTP1Vectors", swiftSettings: settings),
    .target(name: "TLSTesting", dependencies: ["COpenSSL"], path: "Tests/TLSTesting", swiftSettings: settings),
    .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: settings),
    .testTarget(name: "JSONTests", dependencies: ["CVector", "JSON"], swiftSettings: settings),
    .testTarget(name: "HTTP1Tests", dependencies: ["HTTP1", "HTTP1Vectors"], swiftSettings: settings),
    .testTarget(name: "OpenSSLTests", dependencies: ["COpenSSL", "OpenSSL", "TLSTesting"], swiftSettings: settings),
    .testTarget(
      name: "CallbacksTests", dependencies: ["Callbacks", "HTTP1", "JSON", "OpenSSL"], swiftSettings: settings),
    .testTarget(
      name: "LedgerTests", dependencies: ["Callbacks", "CLinux", "JSON", "Ledger", "Threads"], swiftSettings: settings),
    .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient"], swiftSettings: settings),
    .testTarget(
      name: "ProviderTests", dependencies: ["Callbacks", "HTTPClient", "JSON", "Provider"], swiftSettings: settings),
    .testTarget(
      name: "SubmitterTests",
      dependencies: ["Callbacks", "HTTPClient", "JSON", "Ledger", "OpenSSL", "Provider", "Submitter"],
      swiftSettings: settings),
    .testTarget(name: "ReactorTests", dependencies: ["CLinux", "Reactor"], swiftSettings: settings),
    .testTarget(
      name: "ServerTests",
      dependencies: ["COpenSSL", "HTTP1", "HTTP1Vectors", "HTTPClient", "OpenSSL", "Reactor", "Server", "TLSTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "ReceiverTests",
      dependencies: [
        "Callbacks", "HTTP1", "HTTPClient", "JSON", "Ledger", "OpenSSL", "Provider", "Reactor", "Receiver", "Server",
        "Simulator",
        "Submitter",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SimulatorTests",
      dependencies: ["Callbacks", "HTTP1", "HTTPClient", "JSON", "OpenSSL", "Reactor", "Server", "Simulator"],
      swiftSettings: settings),
    .testTarget(name: "EndToEndTests", dependencies: ["JSON", "OpenSSL", "TLSTesting"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
