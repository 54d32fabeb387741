async function criarLinkComPreview(url, titulo, descricao, imagem) {
const response = await fetch("https://api.codeqr.io/links", {
method: "POST",
headers: {
Authorization: "Bearer codeqr_your_api_key",
"Content-Type": "application/json",
},
body: JSON.stringify({
url: url,
proxy: true,
title: titulo,
description: descricao,
image: imagem,
trackConversion: true,
utm_source: "social_media",
utm_medium: "custom_preview",
utm_campaign: "viral_campaign",
}),
});
return await response.json();
}
// Uso
const linkPreview = await criarLinkComPreview(
"https://exemplo.com/promocao",
"🔥 Promoção Relâmpago - 70% OFF!",
"Últimas 24h! Aproveite nossa maior promoção do ano com 70% de desconto em todos os produtos. Frete grátis!",
"https://exemplo.com/banner-promocao.jpg"
);
console.log("Link com preview criado:", linkPreview.shortLink);
