<?php
function criarLinkIndexavel($url, $titulo, $descricao, $palavras_chave) {
$data = [
'url' => $url,
'key' => strtolower(str_replace(' ', '-', $palavras_chave)),
'title' => $titulo,
'description' => $descricao,
'doIndex' => true,
'trackConversion' => true,
'utm_source' => 'seo',
'utm_medium' => 'organic',
'tagNames' => ['seo', 'indexavel']
];
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, 'https://api.codeqr.io/links');
curl_setopt($ch, CURLOPT_POST, true);
curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode($data));
curl_setopt($ch, CURLOPT_HTTPHEADER, [
'Authorization: Bearer sua_chave_api',
'Content-Type: application/json'
]);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
$response = curl_exec($ch);
$httpCode = curl_getinfo($ch, CURLINFO_HTTP_CODE);
curl_close($ch);
if ($httpCode === 200) {
return json_decode($response, true);
} else {
throw new Exception("Erro ao criar link indexável: $httpCode");
}
}
// Uso
$link_seo = criarLinkIndexavel(
"https://exemplo.com/guia-completo-marketing-digital",
"Guia Completo de Marketing Digital 2025",
"Aprenda as melhores estratégias de marketing digital para 2025. Dicas práticas, ferramentas e cases de sucesso.",
"marketing digital 2025"
);
echo "Link indexável criado: " . $link_seo['shortLink'];
?>
