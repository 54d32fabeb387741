// Stands in for express, as far as the vendor's sample uses it: JSON bodies in, routes, JSON answers out.
const http = require('http');

function express() {
  const routes = {};
  return {
    use() {},
    post(path, handler) {
      routes[path] = handler;
    },
    listen(port, ready) {
      const server = http.createServer(async (req, res) => {
        const parts = [];
        for await (const part of req) parts.push(part);
        req.body = JSON.parse(Buffer.concat(parts).toString() || '{}');
        res.status = (code) => Object.assign(res, { statusCode: code });
        res.json = (body) => res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
        res.send = (text) => res.end(text);
        const handler = routes[req.url];
        if (handler) await handler(req, res);
        else res.status(404).end();
      });
      return server.listen(port, '127.0.0.1', ready);
    },
  };
}
express.json = () => undefined;

module.exports = express;
