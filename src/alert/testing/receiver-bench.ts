import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { OutboundHttp } from '../../outbound/outbound-http.ts'
import { createLog } from '../../self/log.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { Secret } from '../../yaml/secret.ts'
import { readAlertmanagerConfig, type AlertmanagerConfig } from '../config/alertmanager-config.ts'
import type { ReceiverEntry } from '../config/receiver.ts'
import { createNotifier } from '../notify/receiver-kinds.ts'
import type { Notification, Notifier, NotifyTools, SendOutcome } from '../notify/receiver-kind.ts'
import type { ReceiverName } from '../notify/receiver-sections.ts'
import type { SecretSource } from '../notify/secret-source.ts'
import { loadTemplates } from '../notify/templates.ts'
import { FakeReceiver, listen, type Answering } from '../../outbound/testing/fake-receiver.ts'
import { sampleNotification } from './sample-notification.ts'

/** Where receivers are tried: fake servers, files of secrets, and what was logged. */
export class ReceiverBench {
  readonly logged: string[] = []
  readonly folder = mkdtempSync(path.join(tmpdir(), 'receivers-'))
  readonly #open: { close?: () => Promise<void> }[] = []

  /** A fake server, closed with the bench. */
  async serve(...given: Parameters<typeof FakeReceiver.start>): Promise<FakeReceiver> {
    const fake = await FakeReceiver.start(...given)
    this.#open.push(fake)
    return fake
  }

  /** Closes something with the bench. */
  closes(opened: { close: () => Promise<void> }): void {
    this.#open.push(opened)
  }

  /** A server that takes connections and says nothing. */
  async serveRaw(): Promise<{ readonly port: number; close(): Promise<void> }> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
    const port = await listen(server)
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
    this.#open.push({ close })
    return { port, close }
  }

  /** Writes a file into the folder that relative paths start from, and returns its path. */
  write(name: string, text: string): string {
    const file = path.join(this.folder, name)
    writeFileSync(file, text)
    return file
  }

  /** The notifier of the only entry of the only receiver of an alertmanager.yml; throws what is wrong with the file. */
  notifier(yaml: string, env: Readonly<Record<string, string>> = {}): Notifier {
    const [notifier] = this.notifiers(yaml, env)
    if (notifier === undefined) throw new Error('no receiver')
    return notifier
  }

  /** The notifiers of all entries of all receivers. */
  notifiers(yaml: string, env: Readonly<Record<string, string>> = {}): Notifier[] {
    const config = this.read(yaml, env)
    const tools = this.tools(config.templates.flatMap((pattern) => pattern.files))
    return config.receivers.flatMap(({ entries }) =>
      entries.map((entry) => this.make(entry, tools)),
    )
  }

  /** The entries of all receivers as they were read. */
  entries(yaml: string): ReceiverEntry[] {
    return this.read(yaml, {}).receivers.flatMap(({ entries }) => entries)
  }

  /** Reads an alertmanager.yml; throws what is wrong with it. */
  read(yaml: string, env: Readonly<Record<string, string>>): AlertmanagerConfig {
    const faults = new FaultList()
    const node = parseYaml(yaml, { file: 'alertmanager.yml', faults, env })
    const config = node && readAlertmanagerConfig(node, { faults, env, folder: this.folder })
    if (config === undefined || faults.hasErrors) {
      throw new Error(faults.items.map(formatFault).join('\n'))
    }
    return config
  }

  /** A secret that stands in the file. */
  secret(text: string): SecretSource {
    return { kind: 'text', secret: new Secret(text) }
  }

  /** The notifier of an entry. */
  make<N extends ReceiverName>(entry: ReceiverEntry<N>, tools = this.tools([])): Notifier {
    const notifier = createNotifier(entry, tools)
    this.#open.push(notifier)
    return notifier
  }

  tools(templateFiles: readonly string[]): NotifyTools {
    const log = createLog({ level: 'debug', write: (line) => this.logged.push(line) })
    return {
      templates: loadTemplates(templateFiles, {
        onError: (error) => log.error('a template failed', { reason: error }),
      }),
      http: (config) => new OutboundHttp(config),
      log,
      nowMs: () => Date.parse('2026-05-01T10:00:30Z'),
    }
  }

  /** Sends one notification by an entry `KIND_configs: [{…}]`, given in flow style, and tells what came of it. */
  async send(
    kind: string,
    entry: string,
    notification: Notification = sampleNotification(),
  ): Promise<SendOutcome> {
    return this.notifier(oneReceiver(kind, entry)).send(notification, AbortSignal.timeout(20_000))
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(async (each) => each.close?.()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** An alertmanager.yml with one entry of a kind. */
export function oneReceiver(kind: string, entry: string): string {
  return `{route: {receiver: team}, receivers: [{name: team, ${kind}_configs: [${entry}]}]}`
}

/** Answers in turn, the last one again and again. */
export function inTurn(...answers: ReturnType<Answering>[]): Answering {
  let next = 0
  return () => answers[Math.min(next++, answers.length - 1)] ?? {}
}
