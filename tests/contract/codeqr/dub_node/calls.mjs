// Drives a CodeQR dialect with the npm client; test_dub_node.py reads what it prints. Every answer is parsed strictly.
import { Dub } from "dub";
import * as errors from "dub/models/errors";

const { BASE, KEY, LINK, CLICK } = process.env;
const dub = new Dub({ token: KEY, serverURL: BASE });
const seen = {};

async function pages(iterator) {
  const found = [];
  for await (const page of iterator) found.push(page.result);
  return found;
}

async function thrown(promise) {
  const error = await promise.then(() => null, (reason) => reason);
  return { name: error?.constructor?.name, known: error instanceof errors.DubError, code: error?.error?.code };
}

async function links() {
  const made = await dub.links.create({
    url: "https://example.com/page",
    externalId: "12345",
    tagNames: ["one", "two"],
    geo: { BR: "https://example.com/br" },
    utmSource: "news",
    trackConversion: true,
    testVariants: [
      { url: "https://example.com/a", percentage: 40 },
      { url: "https://example.com/b", percentage: 60 },
    ],
  });
  const found = await dub.links.get({ externalId: "ext_12345" });
  const changed = await dub.links.update(made.id, { title: "Later", utmSource: null });
  const same = await dub.links.upsert({ url: "https://example.com/page", externalId: "12345" });
  const gone = await dub.links.delete("ext_12345");
  const missing = await thrown(dub.links.get({ linkId: made.id }));
  return { made, found, changed, same, gone, missing };
}

async function bulk() {
  const made = await dub.links.createMany(
    [0, 1, 2].map((n) => ({ url: `https://example.com/${n}`, key: `k${n}`, tenantId: "t" })),
  );
  const listed = await pages(await dub.links.list({ pageSize: 2, page: 1, tenantId: "t" }));
  const count = await dub.links.count({ tenantId: "t" });
  const linkIds = made.map((link) => link.id);
  const changed = await dub.links.updateMany({ linkIds, data: { archived: true } });
  const gone = await dub.links.deleteMany({ linkIds });
  return { made, pages: listed.map((page) => page.length), count, changed, gone };
}

async function organisation() {
  const tag = await dub.tags.create({ name: "news", color: "purple" });
  const later = await dub.tags.update(tag.id, { name: "later", color: "red" });
  const tags = await dub.tags.list({ search: "LAT" });
  await dub.tags.delete(tag.id);
  const folder = await dub.folders.create({ name: "Spring" });
  const summer = await dub.folders.update(folder.id, { name: "Summer" });
  const folders = await dub.folders.list({ search: "SUM" });
  await dub.folders.delete(folder.id);
  const domain = await dub.domains.create({ slug: "go.shop.example", expiredUrl: "https://e.org/" });
  const archived = await dub.domains.update(domain.slug, { archived: true });
  const domains = await pages(await dub.domains.list({ archived: true }));
  await dub.domains.delete(domain.slug);
  return { tag, later, tags, folder, summer, folders, domain, archived, domains: domains.flat() };
}

async function conversions() {
  const lead = await dub.track.lead({
    clickId: CLICK,
    eventName: "Sign up",
    customerExternalId: "c1",
    customerName: "Ada",
  });
  const sale = await dub.track.sale({
    customerExternalId: "c1",
    amount: 2999,
    currency: "eur",
    invoiceId: "inv-7",
    paymentProcessor: "stripe",
    metadata: { plan: "pro" },
  });
  const listed = await dub.customers.list({});
  const customers = Symbol.asyncIterator in listed ? (await pages(listed)).flat() : listed;
  const customer = await dub.customers.get({ id: customers[0].id });
  const figures = {};
  for (const groupBy of ["count", "timeseries", "countries", "cities", "devices", "os", "referers", "top_links"]) {
    figures[groupBy] = await dub.analytics.retrieve({ event: "clicks", groupBy, interval: "24h", linkId: LINK });
  }
  const events = {};
  for (const event of ["clicks", "leads", "sales"]) {
    const told = await dub.events.list({ event, interval: "24h" });
    events[event] = Symbol.asyncIterator in told ? (await pages(told)).flat() : told;
  }
  return { lead, sale, customers, customer, figures, events };
}

async function refusals() {
  await dub.links.create({ url: "https://example.com", key: "taken" });
  return {
    conflict: await thrown(dub.links.create({ url: "https://example.com", key: "taken" })),
    unprocessable: await thrown(dub.links.create({ url: "ftp://example.com" })),
    forbidden: await thrown(dub.links.create({ url: "https://example.com", domain: "theirs.example" })),
    bad: await thrown(dub.links.get({})),
    stranger: await thrown(new Dub({ token: "codeqr_wrong", serverURL: BASE }).links.list({})),
    partners: await thrown(dub.partners.list({})),
  };
}

seen.links = await links();
seen.bulk = await bulk();
seen.organisation = await organisation();
seen.conversions = await conversions();
seen.refusals = await refusals();
const picture = await dub.qrCodes.get({ url: "https://go.example/x?qr=1", size: 300, margin: 4 });
seen.picture = typeof picture;
console.log(JSON.stringify(seen));
