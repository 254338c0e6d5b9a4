import Numerics

/// What all layers of one forward pass share.
struct Pass {
  let placement: RowPlacement
  let groups: RowGroups
  let rotate: Rotation
  let cache: KVCache
}
