// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")

let package = Package(
  name: "llava",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
  ],
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .target(name: "RPC", dependencies: ["Concurrency", deque], path: "Shared/Network/RPC", swiftSettings: settings),
    .systemLibrary(name: "CNNG", path: "Shared/Network/CNNG"),
    .target(
      name: "NNGTransport", dependencies: ["CNNG", "Concurrency", "RPC", deque], path: "Shared/Network/NNGTransport",
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Concurrency", "RPC"], path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
      name: "RPCTests", dependencies: ["Concurrency", "RPC", "TestSupport"], path: "Tests/RPCTests",
      swiftSettings: settings),
    .testTarget(
      name: "NNGTransportTests", dependencies: ["Concurrency", "NNGTransport", "RPC"],
      path: "Tests/NNGTransportTests", swiftSettings: settings),
  ]
)
