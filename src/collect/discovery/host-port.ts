/** `host:port`, with an address of IPv6 in brackets (Go's net.JoinHostPort). */
export function hostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
