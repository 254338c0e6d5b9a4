import Checkpoint
import Launch
import TilePlan

/// What a model sees of a picture; the fields of `plan --json`. Sizes and places are in pixels.
struct PlanReport: Encodable {
  struct Picture: Encodable {
    var format: String
    var bytes: Int
    var width: Int
    var height: Int
  }

  struct Model: Encodable {
    var name: String
    var viewSide: Int
    var patchSide: Int
    var contextLength: Int
  }

  struct Size: Encodable {
    var width: Int
    var height: Int
  }

  struct Region: Encodable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  struct Grid: Encodable {
    var columns: Int
    var rows: Int
  }

  struct View: Encodable {
    var index: Int
    /// Column and row of a tile; the view of the whole picture has none.
    var column: Int?
    var row: Int?
    /// What of the picture is resized, to which size, and what of the result is shown.
    var canvas: Region
    var scaled: Size
    var window: Region
  }

  struct Tokens: Encodable {
    var whole: Int
    /// Columns and rows of the tiles' features that are tokens.
    var mapColumns: Int
    var mapRows: Int
    var rowEnds: Int
    var total: Int
  }

  struct Context: Encodable {
    /// For the words of prompt, question and answer.
    var left: Int
    var fits: Bool
  }

  struct Wire: Encodable {
    var fileBytes: Int
    /// Of all views as 8-bit RGB, and of their features as f16.
    var viewBytes: Int
    var featureBytes: Int
  }

  var picture: Picture
  var model: Model
  var policy: String
  /// False where the model never saw a picture so.
  var trained: Bool
  var grid: Grid?
  var views: [View]
  var tokens: Tokens
  var context: Context
  var wire: Wire
  var cost: PlanCost

  /// What all of it is about; not among the fields.
  let plan: TilePlan

  enum CodingKeys: CodingKey {
    case picture, model, policy, trained, grid, views, tokens, context, wire, cost
  }
}

extension PlanReport {
  init(
    of header: ImageHeader, byteCount: Int, by model: ModelDescription, _ seeing: SeeingOptions
  ) throws(LaunchError) {
    let configuration = model.configuration
    let policy = try seeing.policy(for: model)
    plan = TilePlan(
      of: header.size, policy: policy, viewSide: configuration.vision.imageSide,
      patchSide: configuration.vision.patchSide)
    picture = Picture(
      format: header.format.rawValue, bytes: byteCount, width: header.size.width, height: header.size.height)
    self.model = Model(
      name: model.name, viewSide: plan.viewSide, patchSide: plan.patchSide,
      contextLength: configuration.language.contextLength)
    self.policy = policy.name
    trained = model.tiling != nil || !seeing.splits
    grid = plan.grid.map { Grid(columns: $0.columns, rows: $0.rows) }
    views = plan.views.map(View.init)
    let total = plan.promptTokenCount(configuration)
    tokens = Tokens(
      whole: configuration.featureCount, mapColumns: plan.map?.keptColumns.count ?? 0,
      mapRows: plan.map?.keptRows.count ?? 0, rowEnds: plan.rowEndCount, total: total)
    let left = configuration.language.contextLength - total
    context = Context(left: max(0, left), fits: left > 0)
    wire = Wire(
      fileBytes: byteCount, viewBytes: plan.views.count * plan.viewSide * plan.viewSide * 3,
      featureBytes: plan.views.count * configuration.featureCount * configuration.featureWidth * 2)
    cost = PlanCost(of: plan, by: configuration)
  }
}

extension PlanReport.View {
  fileprivate init(_ view: TilePlan.View) {
    index = view.index
    if case .tile(let column, let row) = view.part { (self.column, self.row) = (column, row) }
    canvas = PlanReport.Region(view.canvas)
    scaled = PlanReport.Size(width: view.scaled.width, height: view.scaled.height)
    window = PlanReport.Region(view.window)
  }
}

extension PlanReport.Region {
  fileprivate init(_ region: ImageRegion) {
    self.init(x: region.x, y: region.y, width: region.size.width, height: region.size.height)
  }
}
