import dgram from 'node:dgram'
import net from 'node:net'

const RECEIVE_BUFFER_BYTES = 1024 * 1024

/** Opens a socket for datagrams, with room for a burst. Rejects with the error of the port. */
export async function bindUdp(host: string, port: number): Promise<dgram.Socket> {
  const udp = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject)
      udp.bind({ address: host, port }, () => {
        udp.off('error', reject)
        resolve()
      })
    })
  } catch (thrown) {
    udp.close()
    throw thrown
  }
  try {
    udp.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // Smaller then, as the system has it.
  }
  return udp
}
