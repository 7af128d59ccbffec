import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { searchNames, systemSearchRules } from '../discovery/search-names.ts'

/** The addresses of a host. Rejects when it has none, and when the signal aborts. */
export type LookupHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Looks a host up in /etc/hosts, then in DNS. Not by getaddrinfo: that occupies one of four threads that the whole program shares,
 * for as long as a dead server is waited for.
 */
export async function lookupHost(host: string, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const inFile = hostsOf(await readHosts(), host)
  if (inFile.length > 0) return inFile
  const resolver = new Resolver()
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    signal.throwIfAborted()
    return await askDns(resolver, host, signal)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function askDns(
  resolver: Resolver,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let fault: unknown
  for (const name of searchNames(host, systemSearchRules())) {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    signal.throwIfAborted()
    const found = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    if (found.length > 0) return found
    fault ??= answers.find((each) => each.status === 'rejected')?.reason
  }
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : ''
  const reason = /^(?:ENOTFOUND|ENODATA)$/.test(code) ? 'no such host' : `DNS: ${code}`
  throw new Error(`lookup ${host}: ${reason}`)
}

async function readHosts(): Promise<string> {
  try {
    return await readFile('/etc/hosts', 'utf8')
  } catch {
    // Containers may have none.
    return ''
  }
}

/** The addresses that a hosts(5) file has for a name. */
export function hostsOf(text: string, host: string): readonly string[] {
  const wanted = host.toLowerCase().replace(/\.$/, '')
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    const isMeant = isIP(address) !== 0 && names.some((name) => name.toLowerCase() === wanted)
    return isMeant ? [address] : []
  })
}
