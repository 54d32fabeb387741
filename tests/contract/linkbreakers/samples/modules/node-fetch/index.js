// Stands in for node-fetch: Node has had fetch of its own since version 18.
module.exports = globalThis.fetch;
