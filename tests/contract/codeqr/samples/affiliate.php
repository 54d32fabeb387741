<?php
function criarLinkAfiliado($url_destino, $afiliado_id, $produto_id) {
$data = [
'url' => $url_destino,
'key' => "afiliado-{$afiliado_id}-{$produto_id}",
'title' => "Link de Afiliado - Produto {$produto_id}",
'description' => "Link de afiliado para produto {$produto_id}",
'externalId' => "afiliado_{$afiliado_id}_{$produto_id}",
'utm_source' => 'afiliado',
'utm_medium' => 'link_curto',
'utm_campaign' => "produto_{$produto_id}",
'utm_content' => "afiliado_{$afiliado_id}",
'tagIds' => ['afiliados', "produto-{$produto_id}"]
];
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, 'https://api.codeqr.io/links');
curl_setopt($ch, CURLOPT_POST, true);
curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode($data));
curl_setopt($ch, CURLOPT_HTTPHEADER, [
'Authorization: Bearer codeqr_your_api_key',
'Content-Type: application/json'
]);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
$response = curl_exec($ch);
$httpCode = curl_getinfo($ch, CURLINFO_HTTP_CODE);
curl_close($ch);
if ($httpCode === 200) {
return json_decode($response, true);
} else {
throw new Exception("Erro ao criar link: $httpCode");
}
}
// Uso
$link_afiliado = criarLinkAfiliado(
"https://loja.com/produto/123",
"AF001",
"123"
);
echo "Link de afiliado criado: " . $link_afiliado['shortLink'];
?>
