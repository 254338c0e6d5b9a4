/// The word that was probably meant, or nothing where none is near.
func nearestSpelling(of word: String, among words: [String]) -> String? {
  let count = word.count
  let limit = max(2, count / 3)
  // Two words are at least as far apart as their lengths: a long one that nobody meant is not compared with every word.
  let ranked = words.filter { abs($0.count - count) <= limit }.map { (word: $0, distance: editDistance(word, $0)) }
  return ranked.min { $0.distance < $1.distance }.flatMap { $0.distance <= limit ? $0.word : nil }
}

/// Characters inserted, removed or replaced to make one of the other (Levenshtein).
func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (index, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in right.indices {
      let replaced = diagonal + (right[column] == character ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
    }
  }
  return row[right.count]
}
