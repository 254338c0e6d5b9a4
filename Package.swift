// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
  ],
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .target(
      name: "RPC", dependencies: ["Concurrency", .product(name: "DequeModule", package: "swift-collections")],
      path: "Shared/Network/RPC", swiftSettings: settings),
    .target(name: "Numerics", path: "Shared/Compute/Numerics", swiftSettings: settings),
  ]
)
