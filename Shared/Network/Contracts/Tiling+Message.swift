import CMessages
import RPC
public import TilePlan

/// Grids of one tiling, and tiles of one grid: as many as a model's files may say.
private let tilingLimit = 64

extension TileGrid: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__TileGrid>?) -> Void { llava__v1__tile_grid__init }

  init(_ message: Llava__V1__TileGrid) throws(ServiceError) {
    let (columns, rows) = (Int(message.columns), Int(message.rows))
    guard columns >= 1, rows >= 1, columns * rows <= tilingLimit else {
      throw ServiceError(
        .invalidRequest, "TileGrid: expected 1 to \(tilingLimit) tiles, found \(columns)x\(rows)")
    }
    self.init(columns: columns, rows: rows)
  }

  func fill(_ message: inout Llava__V1__TileGrid, _ arena: Arena) {
    (message.columns, message.rows) = (UInt32(columns), UInt32(rows))
  }
}

extension Tiling: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Tiling>?) -> Void { llava__v1__tiling__init }

  private static let frames: [Frame: Llava__V1__Tiling__Frame] = [
    .picture: LLAVA__V1__TILING__FRAME__PICTURE, .square: LLAVA__V1__TILING__FRAME__SQUARE,
  ]
  private static let overviews: [Overview: Llava__V1__Tiling__Overview] = [
    .stretched: LLAVA__V1__TILING__OVERVIEW__STRETCHED, .padded: LLAVA__V1__TILING__OVERVIEW__PADDED,
  ]
  private static let margins: [PaddingColour: Llava__V1__Tiling__Margin] = [
    .mean: LLAVA__V1__TILING__MARGIN__MEAN, .black: LLAVA__V1__TILING__MARGIN__BLACK,
  ]
  private static let trimmings: [Trimming: Llava__V1__Tiling__Trimming] = [
    .none: LLAVA__V1__TILING__TRIMMING__NONE, .down: LLAVA__V1__TILING__TRIMMING__DOWN,
    .downFromSevenDecimals: LLAVA__V1__TILING__TRIMMING__DOWN_FROM_SEVEN_DECIMALS,
  ]

  init(_ message: Llava__V1__Tiling) throws(ServiceError) {
    guard message.n_grids <= tilingLimit else {
      throw ServiceError(.invalidRequest, "Tiling: expected at most \(tilingLimit) grids, found \(message.n_grids)")
    }
    guard let frame = Self.frames.first(where: { $0.value == message.frame })?.key,
      let overview = Self.overviews.first(where: { $0.value == message.overview })?.key,
      let margin = Self.margins.first(where: { $0.value == message.margin })?.key,
      let trimming = Self.trimmings.first(where: { $0.value == message.trimming })?.key
    else {
      throw ServiceError(
        .invalidRequest,
        "Tiling: a field that this build does not know (frame \(message.frame.rawValue), overview "
          + "\(message.overview.rawValue), margin \(message.margin.rawValue), trimming \(message.trimming.rawValue))")
    }
    self.init(
      grids: try values(message.grids, message.n_grids), frame: frame, overview: overview, margin: margin,
      trimming: trimming, endsRows: message.ends_rows != 0)
  }

  func fill(_ message: inout Llava__V1__Tiling, _ arena: Arena) {
    (message.n_grids, message.grids) = (grids.count, arena.messages(grids))
    message.frame = Self.frames[frame] ?? message.frame
    message.overview = Self.overviews[overview] ?? message.overview
    message.margin = Self.margins[margin] ?? message.margin
    message.trimming = Self.trimmings[trimming] ?? message.trimming
    message.ends_rows = endsRows ? 1 : 0
  }
}

extension ImagePolicy {
  var number: Llava__V1__ImagePolicy {
    switch self {
    case .pad: LLAVA__V1__IMAGE_POLICY__PAD
    case .crop: LLAVA__V1__IMAGE_POLICY__CROP
    case .tiles: LLAVA__V1__IMAGE_POLICY__TILES
    }
  }

  /// Throws where there are to be tiles and nothing says which.
  init(_ number: Llava__V1__ImagePolicy, _ tiling: UnsafeMutablePointer<Llava__V1__Tiling>?) throws(ServiceError) {
    switch number {
    case LLAVA__V1__IMAGE_POLICY__PAD: self = .pad
    case LLAVA__V1__IMAGE_POLICY__CROP: self = .crop
    case LLAVA__V1__IMAGE_POLICY__TILES:
      guard let tiling: Tiling = try value(tiling) else {
        throw ServiceError(.invalidRequest, "ImagePolicy: tiles without a tiling")
      }
      self = .tiles(tiling)
    default: throw ServiceError(.invalidRequest, "ImagePolicy: unknown policy \(number.rawValue)")
    }
  }

  /// What is hashed where an image is named by how it is seen; two policies have the same bytes only if they are equal.
  public var identity: [UInt8] { [UInt8(number.rawValue)] + (tiling?.encoded ?? []) }
}

extension PreprocessingPolicy {
  /// The same for who plans views.
  public var imagePolicy: ImagePolicy { self == .pad ? .pad : .crop }
}
