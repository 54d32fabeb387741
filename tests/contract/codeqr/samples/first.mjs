const response = await fetch("https://api.codeqr.io/links", {
method: "POST",
headers: {
Authorization: "Bearer sua_chave_api",
"Content-Type": "application/json",
},
body: JSON.stringify({
url: "https://codeqr.io",
}),
});
const link = await response.json();
console.log("Link criado:", link.shortLink);
console.log("QR Code:", link.qrCode);
