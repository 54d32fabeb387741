const API_KEY = process.env.QRSBD_API_KEY!;
const BASE = "https://qrs.bd/api/v1";

async function api(path: string, init?: RequestInit) {
  const res = await fetch(`${BASE}${path}`, {
    ...init,
    headers: {
      Authorization: `Bearer ${API_KEY}`,
      "Content-Type": "application/json",
      ...init?.headers,
    },
  });
  const body = await res.json();
  if (!res.ok) throw new Error(`${body.error}: ${body.message ?? ""}`);
  return body;
}

// Create a QR code
const { data: qr } = await api("/qrcodes", {
  method: "POST",
  body: JSON.stringify({
    target_url: "https://example.com",
    title: "My Campaign QR",
    is_dynamic: true,
  }),
});
console.log(`Scan URL: ${qr.short_url}`);

// Update destination
await api(`/qrcodes/${qr.id}`, {
  method: "PATCH",
  body: JSON.stringify({ target_url: "https://new-destination.com" }),
});

// Delete
await api(`/qrcodes/${qr.id}`, { method: "DELETE" });
