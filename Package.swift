// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")
  ],
  targets: [
    .target(name: "TilePlan", path: "Shared/Model/TilePlan", swiftSettings: settings),
    .target(
      name: "CImageCodecs", path: "Shared/Model/CImageCodecs",
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("png16"), .linkedLibrary("webp"), .linkedLibrary("webpdemux"),
      ]),
    .target(
      name: "Imaging", dependencies: ["TilePlan", "CImageCodecs"], path: "Shared/Model/Imaging",
      swiftSettings: settings),
    .testTarget(
      name: "TilePlanTests", dependencies: ["TilePlan"], path: "Tests/TilePlanTests", swiftSettings: settings),
    .testTarget(
      name: "ImagingTests",
      dependencies: ["Imaging", "TilePlan", .product(name: "Crypto", package: "swift-crypto")],
      path: "Tests/ImagingTests", swiftSettings: settings),
  ]
)
