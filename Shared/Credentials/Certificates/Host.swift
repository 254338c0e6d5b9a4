import Glibc
import SwiftASN1
import X509

/// A name or a number that a service is dialled by, as a certificate has it.
struct Host: Equatable {
  /// Each certificate is good for its own machine as well.
  static let own = ["localhost", "127.0.0.1", "::1"]

  let text: String

  init(_ text: String) throws(CredentialError) {
    let letters = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
    let isName = letters.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [0x2D, 0x2E].contains(byte)
    }
    self.text = text.lowercased()
    guard (1...253).contains(letters.utf8.count), isName || octets != nil else {
      throw CredentialError(
        .usage, "host '\(text)': expected a name such as gateway.example or *.example, or an address")
    }
  }

  init(octets: ArraySlice<UInt8>) throws(CredentialError) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard octets.count == 4 || octets.count == 16,
      inet_ntop(octets.count == 4 ? AF_INET : AF_INET6, Array(octets), &text, socklen_t(text.count)) != nil
    else { throw CredentialError(.usage, "expected an address of 4 or 16 bytes, found \(octets.count)") }
    self.text = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// A number is no name: peers look for it among the addresses.
  var name: GeneralName {
    octets.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(text)
  }

  /// The bytes of an IPv4 or an IPv6 address.
  private var octets: [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
