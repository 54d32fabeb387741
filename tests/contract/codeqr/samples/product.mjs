async function criarLinkProduto(produto) {
const response = await fetch("https://api.codeqr.io/links", {
method: "POST",
headers: {
Authorization: "Bearer codeqr_your_api_key",
"Content-Type": "application/json",
},
body: JSON.stringify({
url: `https://loja.com/produto/${produto.id}`,
key: `produto-${produto.id}`,
title: produto.nome,
description: `Link para ${produto.nome}`,
externalId: produto.sku,
utm_source: "ecommerce",
utm_medium: "link_curto",
utm_campaign: "produto",
tagIds: ["produtos", "ecommerce"],
}),
});
return await response.json();
}
// Uso
const produto = {
id: 123,
nome: "Smartphone XYZ",
sku: "SP-123",
};
const link = await criarLinkProduto(produto);
console.log("Link criado:", link.shortLink);
