// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  dependencies: [.package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2")],
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .target(name: "Numerics", path: "Shared/Compute/Numerics", swiftSettings: settings),
    .target(
      name: "Checkpoint", dependencies: ["Numerics", .product(name: "Crypto", package: "swift-crypto")],
      path: "Shared/Model/Checkpoint", swiftSettings: settings),
    .target(
      name: "CSentencePiece", path: "Shared/Model/CSentencePiece", linkerSettings: [.linkedLibrary("sentencepiece")]),
    .target(
      name: "Tokenizer", dependencies: ["CSentencePiece"], path: "Shared/Model/Tokenizer", swiftSettings: settings),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "Numerics"], path: "Tests/CheckpointTests",
      swiftSettings: settings),
    .testTarget(
      name: "TokenizerTests", dependencies: ["Tokenizer"], path: "Tests/TokenizerTests", swiftSettings: settings),
  ]
)
