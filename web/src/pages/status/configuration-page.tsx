import { Alert, CopyButton, Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { RuntimeInfoJson } from '../../../../src/contract/prometheus.ts'
import type { UiStatusJson } from '../../../../src/contract/ui.ts'
import { getPrometheus } from '../../api/prometheus.ts'
import { useProgramStatus, useRuntimeInfo } from '../../api/use-status.ts'
import { Card } from '../../shell/page.tsx'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

/** The configuration in force, what was not taken as it was written, and the flags. */
export function ConfigurationPage() {
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => getPrometheus<{ readonly yaml: string }>('/status/config', signal),
  })
  const flags = useQuery({
    queryKey: ['flags'],
    queryFn: ({ signal }) =>
      getPrometheus<Readonly<Record<string, string>>>('/status/flags', signal),
  })
  const status = useProgramStatus()
  const runtime = useRuntimeInfo()
  const error = config.error ?? flags.error
  return (
    <StatusFrame title="Configuration">
      {error !== null && <ErrorState error={error} onRetry={() => void config.refetch()} />}
      {status.data && <Warnings warnings={status.data.config.warnings} />}
      <div className={styles['grid']}>
        <Card title="In force, without secrets" actions={<Copy text={config.data?.yaml} />} isFlush>
          {config.data ? (
            // Longer than the screen: scrolled by keyboard too.
            <pre
              className={styles['code']}
              role="region"
              aria-label="Configuration in force"
              tabIndex={0}
            >
              {config.data.yaml}
            </pre>
          ) : (
            <LoadingState />
          )}
        </Card>
        <div className={styles['grid']}>
          {status.data && runtime.data && (
            <Card title="Program">
              <ProgramFacts status={status.data} runtime={runtime.data} />
            </Card>
          )}
          <Card title="Flags" isFlush>
            {flags.data ? <FlagTable flags={flags.data} /> : <LoadingState />}
          </Card>
        </div>
      </div>
    </StatusFrame>
  )
}

function Copy({ text = '' }: { readonly text?: string | undefined }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      )}
    </CopyButton>
  )
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title={`${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`}
    >
      <ul className={styles['warnings']}>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Alert>
  )
}

interface ProgramFactsProps {
  readonly status: UiStatusJson
  readonly runtime: RuntimeInfoJson
}

function ProgramFacts({ status, runtime }: ProgramFactsProps) {
  const { zone } = useTime()
  const { files } = status.config
  return (
    <dl className={styles['facts']}>
      <dt>Version</dt>
      <dd>{status.version}</dd>
      <dt>Started</dt>
      <dd>{formatWhen(status.startedMs, zone)}</dd>
      <dt>On</dt>
      <dd>{runtime.hostname}</dd>
      <dt>Files</dt>
      <dd>{files.length === 0 ? 'none: the defaults hold' : files.join(', ')}</dd>
      <dt>Last reload</dt>
      <dd>
        {runtime.reloadConfigSuccess ? 'went well' : 'was refused'},{' '}
        {formatWhen(Date.parse(runtime.lastConfigTime), zone)}
      </dd>
      <dt>Listeners</dt>
      <dd>
        {status.listeners.map(({ name, url }) => (
          <div key={name}>
            {name}: {url}
          </div>
        ))}
      </dd>
    </dl>
  )
}

function FlagTable({ flags }: { readonly flags: Readonly<Record<string, string>> }) {
  return (
    <div
      className={styles['scroll']}
      style={{ maxHeight: '40vh', overflow: 'auto' }}
      role="region"
      aria-label="Flags"
      tabIndex={0}
    >
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">Flag</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(flags).map(([name, value]) => (
            <tr key={name}>
              <td className={styles['nowrap']}>
                <code>--{name}</code>
              </td>
              <td className={styles['url']}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
