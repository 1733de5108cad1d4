/** A proxy that knows CONNECT and nothing else, and remembers what it was asked. */
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export type SmallProxy = AsyncDisposable & {
  readonly address: string
  readonly asked: readonly { readonly place: string; readonly authorization: string | undefined }[]
}

export async function startProxy(
  options: { readonly refuses?: boolean } = {},
): Promise<SmallProxy> {
  const asked: SmallProxy['asked'][number][] = []
  const open = new Set<Socket>()
  const server = createServer((_request, response) => {
    response.writeHead(405).end()
  })
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
  })
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    asked.push({ place: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (options.refuses === true) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\nVia: small\r\n\r\n')
      server.write(head)
      server.pipe(client).pipe(server)
    })
    open.add(server)
    server.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => server.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
