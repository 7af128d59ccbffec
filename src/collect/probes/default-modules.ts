/** The modules that are there when no file names others: those of the blackbox.yml that comes with blackbox_exporter. */
export const DEFAULT_MODULES = String.raw`
modules:
  http_2xx: {prober: http}
  http_post_2xx: {prober: http, http: {method: POST}}
  tcp_connect: {prober: tcp}
  tls_connect: {prober: tcp, tcp: {tls: true}}
  pop3s_banner:
    prober: tcp
    tcp: {tls: true, query_response: [{expect: '^\+OK'}]}
  grpc: {prober: grpc, grpc: {tls: true}}
  grpc_plain: {prober: grpc}
  ssh_banner:
    prober: tcp
    tcp: {query_response: [{expect: '^SSH-2.0-'}, {send: SSH-2.0-blackbox-ssh-check}]}
  smtp_starttls:
    prober: tcp
    tcp:
      query_response:
        - expect: '^220 '
        - send: "EHLO prober\r"
        - expect: '^250[ -]STARTTLS'
        - send: "STARTTLS\r"
        - expect: '^220'
        - starttls: true
  irc_banner:
    prober: tcp
    tcp:
      query_response:
        - send: NICK prober
        - send: 'USER prober prober prober :prober'
        - expect: 'PING :([^ ]+)'
          send: 'PONG \${1}'
        - expect: '^:[^ ]+ 001'
  icmp: {prober: icmp}
`.replaceAll('\\${', '${')
