import { afterEach, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'

describe('vedette start', () => {
  let server: Server | undefined

  afterEach(async () => {
    await server?.dispose()
    server = undefined
  })

  it('is healthy and ready, and ends cleanly on SIGTERM with its children gone', async () => {
    server = await startServer()
    for (const path of ['/-/healthy', '/-/ready']) {
      expect((await fetch(`${server.url()}${path}`)).status, path).toBe(200)
    }
    expect(server.listChildren(), 'the engine').toHaveLength(1)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    expect(server.listProcesses()).toEqual([])
  })

  it('starts again on the same data directory after SIGKILL', async () => {
    server = await startServer()
    const { dataDir } = server
    await server.kill()
    const second = await startServer({ dataDir })
    expect(await second.stop()).toEqual({ code: 0, signal: null })
    await second.dispose()
  })
})
