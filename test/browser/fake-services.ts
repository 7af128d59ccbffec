import { createServer, type Server } from 'node:http'
import { once } from 'node:events'

/** Pages of services that do not exist, with counters that grow with the time. */
export interface FakeServices {
  readonly port: number
  close(): Promise<void>
}

/** A counter's value: so many a second, with a little of up and down. */
type Seconds = number

/** Begins some time ago, so that what came over an hour is there too. */
export async function startFakeServices(): Promise<FakeServices> {
  const beganMs = Date.now() - 3_600_000
  const server: Server = createServer((request, response) => {
    const seconds = (Date.now() - beganMs) / 1000
    const page = PAGES[request.url ?? '']?.(seconds)
    response.statusCode = page === undefined ? 404 : 200
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page === undefined ? '' : `${page.flat().join('\n')}\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  return {
    port: typeof place === 'object' && place !== null ? place.port : 0,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const PAGES: Readonly<Record<string, (t: Seconds) => readonly (string | readonly string[])[]>> = {
  '/orchestrator': orchestrator,
  '/control-center': controlCenter,
  '/vault-service': vault,
  '/traefik': traefik,
  '/nginx': stubStatus,
  '/vts': vts,
  '/backups': backups,
}

function swing(t: Seconds, middle: number, width: number): number {
  return Math.max(0, middle + width * Math.sin(t / 20))
}

function counted(name: string, perSecond: number, t: Seconds, labels = ''): string {
  const value = Math.max(0, perSecond * t + perSecond * 8 * Math.sin(t / 20))
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}`
}

function histogram(name: string, perSecond: number, t: Seconds, labels = ''): readonly string[] {
  const shares = [0.5, 0.8, 0.96, 0.99, 1]
  const bounds = ['0.05', '0.1', '0.5', '1', '+Inf']
  const more = labels === '' ? '' : `,${labels}`
  return [
    ...bounds.map((le, i) =>
      counted(`${name}_bucket`, perSecond * (shares[i] ?? 1), t, `le="${le}"${more}`),
    ),
    counted(`${name}_sum`, perSecond * 0.09, t, labels),
    counted(`${name}_count`, perSecond, t, labels),
  ]
}

function process(t: Seconds, bytes: number): readonly string[] {
  return [
    counted('process_cpu_seconds_total', 0.08, t),
    `process_resident_memory_bytes ${swing(t, bytes, bytes / 20)}`,
  ]
}

function orchestrator(t: Seconds): readonly (string | readonly string[])[] {
  return [
    counted('provisioning_workflows_total', 0.5, t),
    `provisioning_workflows_active ${Math.round(swing(t, 12, 5))}`,
    counted('provisioning_workflows_completed', 0.47, t),
    counted('provisioning_workflows_failed', 0.02, t),
    `provisioning_tasks_queued ${Math.round(swing(t, 30, 12))}`,
    `provisioning_tasks_running ${Math.round(swing(t, 8, 3))}`,
    counted('provisioning_tasks_completed', 2, t),
    counted('provisioning_checkpoint_recoveries', 0.02, t),
    'provisioning_workflow_duration_seconds{workflow="cluster-create"} 84',
    'provisioning_database_connected 1',
    process(t, 180e6),
  ]
}

function controlCenter(t: Seconds): readonly (string | readonly string[])[] {
  return [
    counted('provisioning_api_requests_total', 12, t),
    histogram('provisioning_api_requests_duration_seconds', 12, t),
    counted('provisioning_auth_attempts_total', 0.8, t),
    counted('provisioning_auth_failures_total', 0.05, t),
    counted('provisioning_rbac_denials_total', 0.03, t),
    process(t, 120e6),
  ]
}

function vault(t: Seconds): readonly (string | readonly string[])[] {
  return [
    counted('provisioning_secrets_operations_total', 3, t),
    counted('provisioning_kms_encryptions_total', 1, t),
    counted('provisioning_kms_decryptions_total', 4, t),
    histogram('provisioning_kms_latency_seconds', 5, t),
    process(t, 60e6),
  ]
}

function traefik(t: Seconds): readonly (string | readonly string[])[] {
  const services = ['shop@docker', 'api@docker', 'docs@docker']
  const endsSeconds = Math.round(Date.now() / 1000) + 40 * 86_400
  return [
    'traefik_config_last_reload_success 1',
    counted('traefik_config_reloads_total', 0.01, t),
    counted('traefik_config_reloads_failure_total', 0.001, t),
    ...services.flatMap((service, i) => [
      counted('traefik_service_requests_total', 9 - 3 * i, t, `code="200",service="${service}"`),
      counted('traefik_service_requests_total', 0.1, t, `code="502",service="${service}"`),
      counted('traefik_service_responses_bytes_total', 90_000, t, `service="${service}"`),
      ...histogram('traefik_service_request_duration_seconds', 9, t, `service="${service}"`),
      `traefik_service_server_up{service="${service}",url="http://10.0.0.${i + 2}:80"} 1`,
    ]),
    counted('traefik_entrypoint_requests_total', 20, t, 'code="200",entrypoint="websecure"'),
    counted('traefik_entrypoint_requests_total', 1, t, 'code="301",entrypoint="web"'),
    `traefik_open_connections{entrypoint="websecure",protocol="TCP"} ${Math.round(swing(t, 40, 9))}`,
    `traefik_tls_certs_not_after{cn="shop.test",sans="shop.test,www.shop.test",serial="1"} ${endsSeconds}`,
  ]
}

function stubStatus(t: Seconds): readonly string[] {
  return [
    'nginx_up 1',
    `nginx_connections_active ${Math.round(swing(t, 60, 20))}`,
    counted('nginx_connections_accepted', 4, t),
    counted('nginx_connections_handled', 4, t),
    `nginx_connections_reading ${Math.round(swing(t, 3, 2))}`,
    `nginx_connections_writing ${Math.round(swing(t, 9, 4))}`,
    `nginx_connections_waiting ${Math.round(swing(t, 48, 14))}`,
    counted('nginx_http_requests_total', 25, t),
  ]
}

function vts(t: Seconds): readonly (string | readonly string[])[] {
  const hosts = ['shop.test', 'api.test']
  const classes: Readonly<Record<string, number>> = { '2xx': 10, '3xx': 2, '4xx': 0.6, '5xx': 0.1 }
  return [
    'nginx_vts_main_connections{status="active"} 20',
    ...hosts.flatMap((host) => [
      ...Object.entries({ ...classes, total: 12.7 }).map(([code, perSecond]) =>
        counted('nginx_vts_server_requests_total', perSecond, t, `host="${host}",code="${code}"`),
      ),
      `nginx_vts_server_request_seconds{host="${host}"} ${swing(t, 0.12, 0.04)}`,
      counted('nginx_vts_server_bytes_total', 8000, t, `host="${host}",direction="in"`),
      counted('nginx_vts_server_bytes_total', 90_000, t, `host="${host}",direction="out"`),
      counted('nginx_vts_server_cache_total', 3, t, `host="${host}",status="hit"`),
      counted('nginx_vts_server_cache_total', 1, t, `host="${host}",status="miss"`),
    ]),
    ...['10.0.0.2:80', '10.0.0.3:80'].flatMap((backend) => [
      ...Object.entries({ ...classes, total: 12.7 }).map(([code, perSecond]) =>
        counted(
          'nginx_vts_upstream_requests_total',
          perSecond,
          t,
          `upstream="app",backend="${backend}",code="${code}"`,
        ),
      ),
      `nginx_vts_upstream_response_seconds{upstream="app",backend="${backend}"} 0.08`,
    ]),
  ]
}

function backups(): readonly string[] {
  const nowSeconds = Date.now() / 1000
  return ['shop-db', 'files'].flatMap((backup, i) => [
    `backup_last_success_timestamp_seconds{backup="${backup}"} ${nowSeconds - 20_000 * (i + 1)}`,
    `backup_last_exit_code{backup="${backup}"} ${i}`,
    `backup_last_size_bytes{backup="${backup}"} ${4e9 * (i + 1)}`,
  ])
}
