import type { AlertSink, PostedAlert } from './alert/alert-sink.ts'
import { Alertmanager, type AlertmanagerRules } from './alert/alertmanager.ts'
import { assembleRules } from './alert/assemble.ts'
import { systemClock } from './alert/clock.ts'
import { readAlertmanagerConfig } from './alert/config/alertmanager-config.ts'
import { createIntegration } from './alert/dispatch/integration.ts'
import { withHeartbeat } from './alert/heartbeat.ts'
import { readMessage } from './alert/received/read-message.ts'
import type { ReceivedAlerts } from './alert/received/received-alerts.ts'
import { webhookMessage } from './alert/notify/webhook-message.ts'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { createAlertmanagerListener } from './http/alertmanager.ts'
import type { AlertmanagerDoors } from './http/alertmanager/doors.ts'
import type { Listener } from './http/listener.ts'
import { createWebhookListener } from './http/webhook.ts'
import { messageOf, Problem } from './model/problem.ts'
import type { WorkShare } from './model/work-share.ts'
import { withRoutings } from './operator-config.ts'
import { VERSION } from './self/version.ts'
import type { Metadata } from './store/metadata/metadata.ts'
import { FaultList } from './yaml/fault.ts'
import { parseYaml } from './yaml/parse.ts'

/** What is in force without an alertmanager.yml: alerts are shown on the console and by the API. */
const DEFAULT_YAML = `route:
  receiver: console
  group_by: [alertname]
  routes:
    - {matchers: [severity="none"], receiver: nobody}
inhibit_rules:
  - {source_matchers: [alertname="InfoInhibitor"], target_matchers: [severity="info"], equal: [namespace]}
  - source_matchers: [alertname="DiskFull"]
    target_matchers: [alertname="DiskSpaceLow"]
    equal: [instance, device, mountpoint]
receivers:
  - name: console
  - name: nobody
`

/** What the Alertmanager part needs of the rest of the program. */
export interface AlertmanagerParts {
  readonly metadata: Metadata
  /** Where alerts go without an alertmanager.yml. */
  readonly received: ReceivedAlerts
  readonly externalUrl: string
  /** Of a member of a cluster, in which one tells. */
  readonly work: WorkShare | undefined
}

/** The Alertmanager part, which opens a little after the program and changes with its configuration. */
export class AlertmanagerHost implements AlertSink {
  readonly #core: Core
  readonly #onTemplateError: () => void
  #opened: Alertmanager | undefined
  #parts: AlertmanagerParts | undefined

  constructor(core: Core) {
    this.#core = core
    const failed = core.registry.counter(
      'vedette_alert_templates_failed_total',
      'Templates of notifications that failed; the notification is sent with the error shown.',
    )
    this.#onTemplateError = () => failed.inc()
  }

  /** From rules of ours. Before it is open nothing is taken: alerts that fire come again. */
  put(alerts: readonly PostedAlert[]): void {
    this.#opened?.put(alerts)
  }

  /** Undefined until it is open. */
  get opened(): Alertmanager | undefined {
    return this.#opened
  }

  /** Rejects with a `Problem` that names the file for templates that cannot be read. */
  async open(parts: AlertmanagerParts): Promise<void> {
    const { log, registry, config, ends } = this.#core
    this.#parts = parts
    const { alerting } = config()
    if (alerting.isShadow)
      log.warn('shadow mode: alerts are evaluated, routed and recorded, and nothing is sent')
    this.#opened = await Alertmanager.open(
      {
        metadata: parts.metadata,
        clock: systemClock,
        log: log.child({ component: 'alertmanager' }),
        registry,
        limits: alerting,
        externalUrl: parts.externalUrl,
        isShadow: alerting.isShadow,
        startDelayMs: alerting.startDelayMs,
        random: Math.random,
        ...(parts.work === undefined ? {} : { work: parts.work }),
      },
      this.#assemble(config(), parts),
    )
    ends.push(() => this.#opened?.stop())
  }

  /** Puts a configuration in force; resolves to what is wrong with it, in which case nothing changes. */
  prepare(config: VedetteConfig): { readonly fault?: string; readonly apply: () => Promise<void> } {
    const [opened, parts] = [this.#opened, this.#parts]
    if (opened === undefined || parts === undefined) return { apply: () => Promise.resolve() }
    try {
      const rules = this.#assemble(config, parts)
      return { apply: () => opened.apply(rules) }
    } catch (thrown) {
      return { fault: messageOf(thrown), apply: () => Promise.resolve() }
    }
  }

  #assemble(config: VedetteConfig, { received }: AlertmanagerParts): AlertmanagerRules {
    const options = {
      log: this.#core.log.child({ component: 'alertmanager' }),
      nowMs: Date.now,
      onTemplateError: this.#onTemplateError,
    }
    const { heartbeat } = config.alerting
    const own = config.alertmanager?.config ?? readDefault()
    const assembled = assembleRules(withRoutings(own, config.addedRouting ?? []), options)
    const rules = config.alertmanager === undefined ? toConsole(assembled, received) : assembled
    return heartbeat === undefined ? rules : withHeartbeat(rules, heartbeat)
  }
}

/** The default: alerts go to the console. */
function toConsole(rules: AlertmanagerRules, received: ReceivedAlerts): AlertmanagerRules {
  const console = createIntegration('console', 0, true, {
    send: (notification) => {
      received.add(readMessage(JSON.stringify(webhookMessage(notification, 0))))
      return Promise.resolve({ ok: true, answer: 'shown' })
    },
  })
  const receivers = new Map(rules.receivers)
  receivers.set('console', { name: 'console', labels: {}, integrations: [console] })
  return { ...rules, receivers }
}

function readDefault() {
  const faults = new FaultList()
  const source = { file: 'default alertmanager.yml', faults, env: {} }
  const node = parseYaml(DEFAULT_YAML, source)
  const config = node && readAlertmanagerConfig(node, { ...source, folder: '.' })
  if (config === undefined) throw new Problem('internal', 'the default routing cannot be read')
  return config
}

/** What the Alertmanager API answers from, on its own listener and for the pages of the web UI. */
export function createAlertmanagerDoors(
  core: Core,
  host: AlertmanagerHost,
  parts: Pick<AlertmanagerDoors, 'explain' | 'selfMetrics' | 'uiUrl'> & {
    readonly reload: () => Promise<readonly string[]>
  },
): AlertmanagerDoors {
  return {
    alertmanager: () => host.opened,
    versionInfo: () => ({
      version: VERSION,
      revision: '',
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    }),
    startedMs: core.startedMs,
    uiUrl: parts.uiUrl,
    explain: parts.explain,
    reload: core.config().web.lifecycle ? parts.reload : undefined,
    readiness: () => ({ ok: host.opened !== undefined, reason: 'alerting is starting' }),
    selfMetrics: parts.selfMetrics,
    registry: core.registry,
    log: core.log,
    nowMs: Date.now,
  }
}

/** The listener of the Alertmanager API; undefined when it is off. */
export function createAlertmanager(core: Core, doors: AlertmanagerDoors): Listener | undefined {
  const address = core.config().listen.alertmanager
  if (address === undefined) return undefined
  return createAlertmanagerListener(doors, { address, access: core.access() })
}

/** The listener that shows alerts of others on the console; undefined when it is off. */
export function createWebhook(core: Core, received: ReceivedAlerts): Listener | undefined {
  const { registry, log, access, config } = core
  const address = config().listen.webhook
  if (address === undefined) return undefined
  return createWebhookListener({ received, registry, log }, { address, access: access() })
}
