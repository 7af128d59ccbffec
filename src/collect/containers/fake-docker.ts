import { createServer, type RequestListener, type Server } from 'node:http'

/** A container as the fake daemon describes it. */
export interface FakeContainer {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly labels?: Readonly<Record<string, string>>
  readonly pid?: number
  readonly health?: string
  readonly networkMode?: string
  readonly upperDir?: string
  readonly startedAt?: string
}

export interface FakeDocker {
  readonly socketPath: string
  /** Methods and paths of all requests, in their order. */
  readonly asked: string[]
  stop(): Promise<void>
}

/**
 * A daemon on a local socket that answers what Docker 27 does to the two questions that are asked of it; `first` may answer
 * instead and returns true then.
 */
export async function startFakeDocker(
  socketPath: string,
  containers: () => readonly FakeContainer[],
  first: (...args: Parameters<RequestListener>) => boolean = () => false,
): Promise<FakeDocker> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (first(request, response)) return
    const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(request.url ?? '')?.[1]
    const found = containers().find((one) => one.id === id)
    response.setHeader('content-type', 'application/json')
    if (request.url?.startsWith('/containers/json?') === true) {
      const healthy = containers().filter(({ health }) => health === 'healthy')
      response.end(JSON.stringify(healthy.map((one) => ({ Id: one.id, State: 'running' }))))
    } else if (found === undefined) {
      response.statusCode = 404
      response.end(JSON.stringify({ message: `No such container: ${id}` }))
    } else response.end(JSON.stringify(describe(found)))
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return { socketPath, asked, stop: () => closeServer(server) }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** The fields of `docker inspect` that matter here, in their places among others. */
function describe(one: FakeContainer): object {
  const { id, name, image, labels = {}, pid = 0, health } = one
  return {
    Id: id,
    Created: '2026-11-20T10:00:00.123456789Z',
    Path: 'node',
    State: {
      ...{ Status: 'running', Running: true, Paused: false, Restarting: false, OOMKilled: false },
      ...{ Dead: false, Pid: pid, ExitCode: 0, Error: '' },
      StartedAt: one.startedAt ?? '2026-11-20T10:00:01.5Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...(health === undefined ? {} : { Health: { Status: health, FailingStreak: 0, Log: [] } }),
    },
    Image: `sha256:${id}`,
    Name: `/${name}`,
    RestartCount: 3,
    Driver: 'overlay2',
    HostConfig: { NetworkMode: one.networkMode ?? 'shop_default', Memory: 0 },
    GraphDriver: {
      Name: 'overlay2',
      Data: { UpperDir: one.upperDir ?? '', WorkDir: '', MergedDir: '' },
    },
    Config: {
      ...{ Hostname: id.slice(0, 12), User: '', Image: image, Labels: labels },
      Env: ['PATH=/usr/bin', 'APP_TIER=front', 'SECRET_KEY=do-not-show'],
    },
  }
}
