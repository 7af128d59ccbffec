import type { HostPort } from './listen-section.ts'

/** The URL of a listener, as a person on this machine would type it. */
export function urlOf({ host, tls }: HostPort, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${tls === undefined ? 'http' : 'https'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
