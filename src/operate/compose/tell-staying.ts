import type { ComposeService } from './compose-service.ts'
import type { Draft } from './draft.ts'
import { mountedLines } from './mounted-lines.ts'
import { interpolate } from './interpolate.ts'
import { portsOf } from './originals.ts'
import type { ComposeFile } from './read-compose.ts'
import type { Replaced } from './tell-replaced.ts'

/** Says of a service that it goes on in compose, and what of it names one that does not. */
export function tellStaying(
  draft: Draft,
  service: ComposeService,
  replaced: readonly Replaced[],
  { env, folder }: ComposeFile,
): void {
  draft.note(
    service,
    'stays',
    `no part of the monitoring${service.image === '' ? '' : `: ${service.image}`}`,
  )
  const texts = [...service.environment].map(([name, { text, place }]) => ({
    text: `${name}=${interpolate(text, env)}`,
    place,
  }))
  for (const { text, place } of [...texts, ...service.command]) {
    for (const { service: gone, original } of replaced) {
      const found = gone.hostNames.find((host) => namesHost(text, host, portsOf(original)))
      if (found === undefined) continue
      const what = text.split(/[= ]/, 1)[0] ?? ''
      draft.note(
        { name: service.name, place },
        'to do',
        `${what} names ${found}, which is gone: from a container this host is host.docker.internal, and the listener has to be open to it (docs/access.md)`,
      )
    }
  }
  for (const { text, place } of mountedLines(service, folder)) {
    const found = replaced
      .flatMap(({ service: gone, original }) =>
        gone.hostNames.filter((host) => namesHost(text, host, portsOf(original))),
      )
      .at(0)
    if (found === undefined) continue
    draft.note(
      { name: service.name, place },
      'to do',
      `it leads to ${found}, which is gone: from a container this host is host.docker.internal (docs/access.md), and the same proxy on the host finds it on 127.0.0.1`,
    )
  }
}

/** Listeners that are open unless told otherwise, with their ports. */
const OPEN_PORTS = [
  ['ui', 3000],
  ['prometheus', 9090],
  ['alertmanager', 9093],
  ['loki', 3100],
  ['tempo', 3200],
  ['otlp-grpc', 4317],
  ['otlp-http', 4318],
  ['webhook', 9094],
] as const

/** A port that a service goes on to publish cannot be one of ours. */
export function makeRoom(draft: Draft, service: ComposeService): void {
  const listen = draft.config.get('listen')
  const others = (listen instanceof Map ? [...listen.keys()] : [])
    .filter((name) => !OPEN_PORTS.some(([known]) => known === name))
    .map((name) => [name, 0] as const)
  for (const { host, place } of service.ports) {
    const subject = { name: service.name, place }
    for (const [listener, usual] of [...OPEN_PORTS, ...others]) {
      const own = listen instanceof Map ? listen.get(listener) : undefined
      if (own === 'off' || (typeof own === 'string' ? !own.endsWith(`:${host}`) : usual !== host))
        continue
      if (listener === 'webhook') {
        draft.set(['listen', listener], 'off')
        draft.note(
          subject,
          'changed',
          `it publishes port ${host}, so the own receiver of webhooks, which shows what comes to /webhook, is off`,
        )
        continue
      }
      draft.note(
        subject,
        'to do',
        `it publishes port ${host}, where ${listener} wants to answer: take the port away from it, or set listen: {${listener}: '127.0.0.1:PORT'}`,
      )
    }
  }
}

/** Whether a text names `host:port`, and not the end of a longer name or the beginning of a longer number. */
function namesHost(text: string, host: string, ports: readonly number[]): boolean {
  return ports.some((port) => {
    const address = `${host}:${port}`
    const at = text.indexOf(address)
    if (at < 0) return false
    const [before = '', after = ''] = [text[at - 1], text[at + address.length]]
    return !/[\w.-]/.test(before) && !/\d/.test(after)
  })
}
