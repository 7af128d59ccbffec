/** `::ffff:10.0.0.1` is how IPv4 looks on a socket for both. */
export function bareAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
