<!doctype html>
<html lang="<?cs var:T.code ?>">
<meta charset="utf-8">
<title><?cs var:T.posted ?></title>
<p><?cs var:T.posted ?></p>
<p><a href="<?cs var:Board.base ?>/posts/<?cs var:Posted.id ?>"><?cs var:T.posted_link ?></a></p>
<?cs if:Posted.token ?><p><a href="<?cs var:Board.base ?>/posts/<?cs var:Posted.id ?>?key=<?cs var:Posted.token ?>"><?cs var:T.private_link ?></a></p>
<?cs /if ?></html>
