import type { Draft } from './draft.ts'
import type { ComposeService } from './compose-service.ts'

/**
 * Puts a listener where the port of a container was published. It answers on this machine only, whatever the file says: nothing
 * here answers strangers without credentials, and a published port had none.
 */
export function listenOn(
  draft: Draft,
  service: ComposeService,
  listener: string,
  containerPort: number,
  usualPort = containerPort,
): void {
  const published = service.ports.find(({ container }) => container === containerPort)
  const port = published?.host ?? usualPort
  if (port !== usualPort || published !== undefined) {
    draft.set(['listen', listener], `127.0.0.1:${port}`)
  }
  if (published === undefined) return
  const subject = { name: service.name, place: published.place }
  if (/^(?:127\.|::1$)/.test(published.hostIp)) {
    draft.note(subject, 'same', `${listener} on 127.0.0.1:${port}`)
    return
  }
  const where = published.hostIp === '' ? 'every address' : published.hostIp
  draft.note(
    subject,
    'changed',
    `port ${port} was open on ${where} without credentials; ${listener} answers on 127.0.0.1:${port} only (docs/access.md opens it)`,
  )
}
