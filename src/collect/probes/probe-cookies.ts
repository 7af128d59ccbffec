const MAX_COOKIES = 50

/** The cookies of one probe: sign-in pages set one and send the visitor around. A host gets only what it has set itself. */
export class ProbeCookies {
  readonly #byHost = new Map<string, Map<string, string>>()

  /** Takes the `Set-Cookie` headers of an answer. */
  take(host: string, headers: readonly string[]): void {
    const cookies = this.#byHost.get(host) ?? new Map<string, string>()
    for (const header of headers) {
      const [, name, value] = /^\s*([^=;\s]+)\s*=\s*([^;]*)/.exec(header) ?? []
      if (name === undefined || value === undefined) continue
      if (/;\s*max-age\s*=\s*(?:0|-)/i.test(header)) cookies.delete(name)
      else if (cookies.size < MAX_COOKIES) cookies.set(name, value.trim())
    }
    this.#byHost.set(host, cookies)
  }

  /** What a request to the host says; undefined when it has set nothing. */
  header(host: string): string | undefined {
    const cookies = this.#byHost.get(host)
    if (cookies === undefined || cookies.size === 0) return undefined
    return Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
  }
}
