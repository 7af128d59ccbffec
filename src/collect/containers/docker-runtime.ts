import { askSocket } from './ask-socket.ts'
import { fieldOf } from './json-field.ts'
import type { ContainerFacts, Runtime } from './container-facts.ts'

const MAX_DESCRIPTION_BYTES = 2 * 1024 * 1024
const MAX_LIST_BYTES = 16 * 1024 * 1024
const ANSWER_TIMEOUT_MS = 5000

/** Docker, or Podman by the API of Docker that it speaks as well. Only GET is ever sent. */
export function dockerRuntime(name: 'docker' | 'podman', socketPath: string): Runtime {
  const get = (path: string, maxBytes: number, signal: AbortSignal): Promise<unknown> =>
    askSocket({ socketPath, path, maxBytes, timeoutMs: ANSWER_TIMEOUT_MS, signal })
  return {
    name,
    place: socketPath,
    async describe(id, signal) {
      const found = await get(`/containers/${id}/json`, MAX_DESCRIPTION_BYTES, signal)
      return found === undefined ? undefined : readDescription(name, found)
    },
    async check(signal) {
      const filters = encodeURIComponent(JSON.stringify({ health: ['healthy'] }))
      const path = `/containers/json?filters=${filters}`
      const list = await get(path, MAX_LIST_BYTES, signal)
      const ids = Array.isArray(list) ? list.map((one) => textOf(fieldOf(one, 'Id'))) : []
      return new Set(ids)
    },
  }
}

/** Reads the answer to `GET /containers/ID/json` (docs.docker.com/reference/api/engine). */
function readDescription(runtime: string, found: unknown): ContainerFacts {
  const config = fieldOf(found, 'Config')
  const state = fieldOf(found, 'State')
  const mode = textOf(fieldOf(fieldOf(found, 'HostConfig'), 'NetworkMode'))
  const pid = fieldOf(state, 'Pid')
  const health = textOf(fieldOf(fieldOf(state, 'Health'), 'Status'))
  const env = fieldOf(config, 'Env')
  const layer = textOf(fieldOf(fieldOf(fieldOf(found, 'GraphDriver'), 'Data'), 'UpperDir'))
  return {
    runtime,
    name: textOf(fieldOf(found, 'Name')).replace(/^\//, ''),
    image: textOf(fieldOf(config, 'Image')) || textOf(fieldOf(found, 'ImageName')),
    labels: textsOf(fieldOf(config, 'Labels')),
    env: Array.isArray(env) ? env.filter((one) => typeof one === 'string') : [],
    createdSeconds: secondsOf(fieldOf(found, 'Created')),
    startedSeconds: secondsOf(fieldOf(state, 'StartedAt')),
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined,
    // Podman writes an empty word, Docker `none`, for a container without a check.
    health: health === '' || health === 'none' ? undefined : health,
    sharesNetwork: mode === 'host' || mode.startsWith('container:'),
    layerFolder: layer.startsWith('/') ? layer : undefined,
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  if (typeof value !== 'object' || value === null) return out
  for (const [name, text] of Object.entries(value)) if (typeof text === 'string') out[name] = text
  return out
}

/** Docker writes the year 1 for a time that never was. */
function secondsOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return ms > 0 ? Math.floor(ms / 1000) : undefined
}
