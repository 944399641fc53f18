// SPDX-License-Identifier: GPL-3.0-or-later
// All that the pages and letters say, in English and French: the one table. Pure.
#pragma once

#include "server/web/Language.h"

namespace viaduct::web::say {

// --- every page

inline constexpr Sentence skip{"Skip to the content", "Aller au contenu"};
inline constexpr Sentence brand{"IPv6 tunnels: {1}", "Tunnels IPv6 : {1}"};
inline constexpr Sentence brandAlone{"IPv6 tunnels", "Tunnels IPv6"};
inline constexpr Sentence navigation{"Pages and language", "Pages et langue"};
inline constexpr Sentence askHere{"Ask for an account", "Demander un compte"};
inline constexpr Sentence charter{"Charter", "Charte"};
inline constexpr Sentence questionsTo{"Questions: {1}", "Questions : {1}"};
inline constexpr Sentence whatViaductIs{
    "Served by Viaduct, an open IPv6 broker (RFC 5572). These pages set two cookies, for the language and "
    "against forged forms, and ask no third party for anything.",
    "Service rendu par Viaduct, un courtier IPv6 libre (RFC 5572). Ces pages posent deux cookies, pour la "
    "langue et contre les formulaires falsifiés, et ne font appel à aucun tiers."};
inline constexpr Sentence mistakePrefix{"Mistake: {1}", "Erreur : {1}"};

// --- pages that end the way

inline constexpr Sentence notFoundTitle{"There is nothing here", "Il n’y a rien ici"};
inline constexpr Sentence notFound{
    "Nobody has this address: it is mistyped or cut off, or what it led to is gone. Copy it whole from where "
    "you have it.",
    "Cette adresse ne mène à rien : elle est mal recopiée ou tronquée, ou ce à quoi elle menait n’existe "
    "plus. Recopiez-la entière."};
inline constexpr Sentence closedTitle{
    "Nobody can ask for an account here", "On ne peut pas demander de compte ici"};
inline constexpr Sentence closed{
    "This broker takes no requests by web page. Its administrators create the accounts: ask them.",
    "Ce courtier ne prend pas de demandes par le web. Ses administrateurs créent les comptes : adressez-vous "
    "à eux."};
inline constexpr Sentence wrongMethodTitle{"Not in this way", "Pas de cette façon"};
inline constexpr Sentence wrongMethod{
    "This page cannot be asked for in this way: go back and use its buttons.",
    "Cette page ne se demande pas ainsi : revenez en arrière et utilisez ses boutons."};
inline constexpr Sentence unreadableTitle{"The form did not arrive whole", "Le formulaire est arrivé abîmé"};
inline constexpr Sentence unreadable{
    "What was sent could not be read. Go back, load the page again and send it once more.",
    "Ce qui a été envoyé est illisible. Revenez en arrière, rechargez la page et renvoyez-le."};
inline constexpr Sentence charterBrokenTitle{
    "The charter cannot be shown", "La charte ne peut pas être affichée"};
inline constexpr Sentence charterBroken{
    "Nobody can consent to a text that cannot be read. Please write to us, and come back later.",
    "On ne peut pas accepter un texte illisible. Merci de nous écrire, et de revenir plus tard."};

// --- mistakes that every form may have

inline constexpr Sentence summaryTitle{"Something has to be corrected", "Quelque chose est à corriger"};
inline constexpr Sentence foreignForm{
    "This form was open for more than 12 hours, or your browser does not accept cookies. Allow cookies for "
    "this site, then send it again.",
    "Ce formulaire est resté ouvert plus de 12 heures, ou votre navigateur refuse les cookies. Autorisez les "
    "cookies de ce site, puis renvoyez-le."};
inline constexpr Sentence tooManyFrom{
    "Too many requests came from your network, or wait for an answer. Try again tomorrow.",
    "Trop de demandes sont venues de votre réseau, ou attendent une réponse. Réessayez demain."};
inline constexpr Sentence databaseFailed{
    "It could not be stored just now. Nothing has changed; try again in a few minutes.",
    "L’enregistrement a échoué. Rien n’a changé ; réessayez dans quelques minutes."};
inline constexpr Sentence changedMeanwhile{
    "Something changed meanwhile: look at this page again, then decide.",
    "Quelque chose a changé entre-temps : relisez cette page, puis décidez."};
inline constexpr Sentence tryLater{
    "It cannot be done at this moment. Try again in a minute.",
    "Ce n’est pas possible pour l’instant. Réessayez dans une minute."};

// --- the form

inline constexpr Sentence formTitle{"Ask for an IPv6 account", "Demander un compte IPv6"};
inline constexpr Sentence formIntroduction{
    "With an account you have IPv6 over the IPv4 that you have, with addresses that stay the same. An "
    "administrator looks at each request; you follow yours on a page of its own.",
    "Un compte vous donne IPv6 par-dessus votre accès IPv4, avec des adresses qui restent les mêmes. Un "
    "administrateur examine chaque demande ; vous suivez la vôtre sur une page personnelle."};
inline constexpr Sentence optional{"(optional)", "(facultatif)"};
inline constexpr Sentence name{"Your name", "Votre nom"};
inline constexpr Sentence email{"Your e-mail address", "Votre adresse électronique"};
inline constexpr Sentence emailHint{
    "You are written to when something is decided.", "On vous y écrit quand une décision est prise."};
inline constexpr Sentence emailNoMailHint{
    "For questions of the administrators. The decision is shown on your page: keep its address.",
    "Pour les questions des administrateurs. La décision s’affiche sur votre page : gardez son adresse."};
inline constexpr Sentence emailProofHint{
    "A message with a link will be sent there: your request counts when you have followed it.",
    "Un message contenant un lien y sera envoyé : votre demande compte quand vous l’avez suivi."};
inline constexpr Sentence emailDomains{"Meant for addresses at: {1}.", "Destiné aux adresses de : {1}."};
inline constexpr Sentence organisation{"Your organisation", "Votre organisme"};
inline constexpr Sentence purpose{"What is it for?", "Pour quel usage ?"};
inline constexpr Sentence purposeHint{"A few words help to decide.", "Quelques mots aident à décider."};
inline constexpr Sentence kind{"What do you want to connect?", "Que voulez-vous raccorder ?"};
inline constexpr Sentence kindHost{"One computer", "Un ordinateur"};
inline constexpr Sentence kindHostHint{
    "It gets one IPv6 address (/128).", "Il reçoit une adresse IPv6 (/128)."};
inline constexpr Sentence kindSoho{"A home or a small office", "Un domicile ou un petit bureau"};
inline constexpr Sentence kindSohoHint{
    "Your router gets one network (a /64 prefix) for all that is behind it.",
    "Votre routeur reçoit un réseau (un préfixe /64) pour tout ce qui est derrière lui."};
inline constexpr Sentence kindSite{"A site", "Un site"};
inline constexpr Sentence kindSiteHint{
    "Your router gets a /48 prefix: room for 65,536 networks.",
    "Votre routeur reçoit un préfixe /48 : de quoi faire 65 536 réseaux."};
inline constexpr Sentence system{"Which system ends the tunnel?", "Quel système termine le tunnel ?"};
inline constexpr Sentence systemUnknown{"I do not know yet", "Je ne sais pas encore"};
inline constexpr Sentence systemOther{"Another", "Un autre"};
inline constexpr Sentence wishedEnd{"Wanted until", "Souhaité jusqu’au"};
inline constexpr Sentence wishedEndHint{
    "The last day. Left empty: as long as is usual here.", "Le dernier jour. Vide : la durée habituelle."};
inline constexpr Sentence consent{
    "I have read the charter and will keep to it.", "J’ai lu la charte et je la respecterai."};
inline constexpr Sentence trap{
    "Leave this empty: it catches programs", "Laisser vide : ce champ piège les programmes"};
inline constexpr Sentence privacy{
    "What you write is read by the administrators of {1} and by nobody else, and is erased with the account, "
    "or some time after a refusal.",
    "Ce que vous écrivez est lu par les administrateurs de {1} et par personne d’autre ; tout est effacé "
    "avec "
    "le compte, ou quelque temps après un refus."};
inline constexpr Sentence send{"Send the request", "Envoyer la demande"};
inline constexpr Sentence working{
    "Your browser does a sum against floods of requests: you can go on writing.",
    "Votre navigateur fait un calcul contre les envois en masse : vous pouvez continuer à écrire."};
inline constexpr Sentence waiting{
    "The sum is not finished yet: the request is sent as soon as it is.",
    "Le calcul n’est pas terminé : la demande part dès qu’il l’est."};
inline constexpr Sentence worked{"The sum is done.", "Le calcul est terminé."};
inline constexpr Sentence withoutScript{
    "Without JavaScript the form works too, but only a few requests a day are taken from one network.",
    "Sans JavaScript le formulaire fonctionne aussi, mais peu de demandes par jour sont prises d’un même "
    "réseau."};

inline constexpr Sentence nameMissing{"Write your name.", "Écrivez votre nom."};
inline constexpr Sentence nameTooLong{
    "Your name is too long: at most {1} characters.", "Votre nom est trop long : {1} caractères au plus."};
inline constexpr Sentence emailWrong{
    "Write your e-mail address as name@example.net, the part before the @ without accents.",
    "Écrivez votre adresse électronique sous la forme nom@example.net, sans accent avant le @."};
inline constexpr Sentence organisationTooLong{
    "The organisation is too long: at most {1} characters.",
    "L’organisme est trop long : {1} caractères au plus."};
inline constexpr Sentence purposeTooLong{
    "The purpose is too long: at most {1} characters.", "L’usage est trop long : {1} caractères au plus."};
inline constexpr Sentence badCharacters{
    "There is a character here that cannot be shown: write it anew.",
    "Il y a ici un caractère qui ne peut pas être affiché : réécrivez ce champ."};
inline constexpr Sentence kindMissing{
    "Choose what you want to connect.", "Choisissez ce que vous voulez raccorder."};
inline constexpr Sentence systemWrong{
    "Choose a system from the list.", "Choisissez un système dans la liste."};
inline constexpr Sentence dateWrong{
    "Write the last day as YYYY-MM-DD, for example {1}.",
    "Écrivez le dernier jour sous la forme AAAA-MM-JJ, par exemple {1}."};
inline constexpr Sentence datePast{
    "The last day must lie in the future.", "Le dernier jour doit être dans le futur."};
inline constexpr Sentence consentMissing{
    "Read the charter and consent to it: nobody gets an account without.",
    "Lisez la charte et acceptez-la : sans cela, pas de compte."};
inline constexpr Sentence trapped{
    "A field that people do not see was filled in, by a program perhaps. It is empty now: look at the form "
    "and send it again.",
    "Un champ que les personnes ne voient pas a été rempli, par un programme peut-être. Il est vide "
    "maintenant : relisez le formulaire et renvoyez-le."};
inline constexpr Sentence workRefused{
    "The sum that your browser does for this form was not right, or is too old. Send the form again.",
    "Le calcul que votre navigateur fait pour ce formulaire n’est pas juste, ou est trop ancien. Renvoyez le "
    "formulaire."};
inline constexpr Sentence tooManyWithoutScript{
    "Without JavaScript only a few requests a day are taken from one network. Allow JavaScript for this "
    "site, "
    "or try again tomorrow.",
    "Sans JavaScript, peu de demandes par jour sont prises d’un même réseau. Autorisez JavaScript pour ce "
    "site, ou réessayez demain."};
inline constexpr Sentence submissionRefused{
    "The request could not be taken as it is: look at each field again.",
    "La demande ne peut pas être prise telle quelle : relisez chaque champ."};

// --- the proof of the mail address

inline constexpr Sentence verifyTitle{"Confirm your e-mail address", "Confirmer votre adresse électronique"};
inline constexpr Sentence verifyIntroduction{
    "Press the button to confirm that the message reached you. Then your request is looked at.",
    "Appuyez sur le bouton pour confirmer que le message vous est parvenu. Votre demande est alors "
    "examinée."};
inline constexpr Sentence verifyButton{"Confirm my address", "Confirmer mon adresse"};
inline constexpr Sentence verifiedTitle{"Your address is confirmed", "Votre adresse est confirmée"};
inline constexpr Sentence verified{
    "Thank you. How your request goes on stands on your personal page, whose address you got when you sent "
    "it.",
    "Merci. La suite de votre demande est sur votre page personnelle, dont vous avez reçu l’adresse à "
    "l’envoi."};
inline constexpr Sentence verifyUsed{
    "This link proves nothing any more: it was used already, or is not whole. If you have pressed the button "
    "before, all is well.",
    "Ce lien ne prouve plus rien : il a déjà servi, ou n’est pas entier. Si vous avez déjà appuyé sur le "
    "bouton, tout va bien."};

// --- the status page

inline constexpr Sentence statusTitle{"Your request", "Votre demande"};
inline constexpr Sentence accountTitle{"Your account", "Votre compte"};
inline constexpr Sentence keepAddress{
    "Keep the address of this page: it is the only key to your request and account, and nobody can send it "
    "to you again. Put it among your bookmarks, and give it to nobody.",
    "Gardez l’adresse de cette page : c’est la seule clé de votre demande et de votre compte, et personne ne "
    "peut vous la renvoyer. Mettez-la dans vos favoris, et ne la donnez à personne."};
inline constexpr Sentence stateUnverified{
    "Confirm your e-mail address first", "Confirmez d’abord votre adresse électronique"};
inline constexpr Sentence unverifiedText{
    "A message with a link was sent to {1}. Follow it to confirm that the address is yours; your request is "
    "looked at afterwards. If nothing has come in an hour, look among the unwanted messages, or withdraw "
    "this "
    "request and send another.",
    "Un message contenant un lien a été envoyé à {1}. Suivez ce lien pour confirmer que l’adresse est la "
    "vôtre ; votre demande est examinée ensuite. Si rien n’arrive en une heure, regardez dans les courriels "
    "indésirables, ou retirez cette demande et envoyez-en une autre."};
inline constexpr Sentence statePending{"Waiting for an administrator", "En attente d’un administrateur"};
inline constexpr Sentence pendingText{
    "Your request has arrived. Come back to this page, or reload it, to see the decision.",
    "Votre demande est arrivée. Revenez sur cette page, ou rechargez-la, pour voir la décision."};
inline constexpr Sentence stateQuestion{
    "An administrator has a question", "Un administrateur a une question"};
inline constexpr Sentence yourAnswer{"Your answer", "Votre réponse"};
inline constexpr Sentence sendAnswer{"Send the answer", "Envoyer la réponse"};
inline constexpr Sentence answerMissing{
    "Write an answer, of at most {1} characters.", "Écrivez une réponse, de {1} caractères au plus."};
inline constexpr Sentence nothingAsked{
    "Nothing is asked any more: your answer was there already.",
    "Plus rien n’est demandé : votre réponse était déjà là."};
inline constexpr Sentence answerSent{"Your answer has arrived.", "Votre réponse est arrivée."};
inline constexpr Sentence answeredBefore{"Questions and answers", "Questions et réponses"};
inline constexpr Sentence stateRefused{"Your request was refused", "Votre demande est refusée"};
inline constexpr Sentence reasonIs{"The reason: {1}", "Le motif : {1}"};
inline constexpr Sentence stateWithdrawn{"You have withdrawn this request", "Vous avez retiré cette demande"};
inline constexpr Sentence withdrawnText{
    "It is not looked at any more. You can send another.",
    "Elle n’est plus examinée. Vous pouvez en envoyer une autre."};
inline constexpr Sentence stateApproved{"Your request is approved", "Votre demande est acceptée"};
inline constexpr Sentence accountGone{
    "The account that was given for it is gone.", "Le compte qui a été accordé n’existe plus."};
inline constexpr Sentence withdraw{"Withdraw the request", "Retirer la demande"};
inline constexpr Sentence withdrawHint{
    "Do you not need it any more? Then withdraw it; nobody looks at it afterwards.",
    "Vous n’en avez plus besoin ? Retirez-la ; personne ne l’examine ensuite."};
inline constexpr Sentence alreadyDecided{
    "The request is decided already: it cannot be withdrawn any more.",
    "La demande est déjà tranchée : elle ne peut plus être retirée."};
inline constexpr Sentence asWritten{"What you wrote", "Ce que vous avez écrit"};
inline constexpr Sentence received{"Received", "Reçue le"};
inline constexpr Sentence systemWord{"System", "Système"};
inline constexpr Sentence kindWord{"Kind", "Type"};

// --- login and password

inline constexpr Sentence credentialsWait{
    "Your login and password are ready", "Votre identifiant et votre mot de passe sont prêts"};
inline constexpr Sentence credentialsHint{
    "They are shown once: have something at hand to keep them. The broker itself keeps no password, only "
    "what it needs to check it.",
    "Ils ne sont montrés qu’une fois : préparez de quoi les conserver. Le courtier lui-même ne garde pas le "
    "mot de passe, seulement de quoi le vérifier."};
inline constexpr Sentence showCredentials{
    "Show login and password, once", "Montrer l’identifiant et le mot de passe, une fois"};
inline constexpr Sentence alreadyShown{
    "The password was shown already. If you have lost it, an administrator makes you a new one.",
    "Le mot de passe a déjà été montré. Si vous l’avez perdu, un administrateur vous en fait un nouveau."};
inline constexpr Sentence credentialsTitle{
    "Your login and password", "Votre identifiant et votre mot de passe"};
inline constexpr Sentence onlyNow{
    "This page is shown only now. Keep the password before you leave it.",
    "Cette page n’est montrée que maintenant. Conservez le mot de passe avant de la quitter."};
inline constexpr Sentence login{"Login", "Identifiant"};
inline constexpr Sentence password{"Password", "Mot de passe"};
inline constexpr Sentence broker{"Broker", "Courtier"};
inline constexpr Sentence toStatus{"Done: go to your page", "C’est fait : aller à votre page"};
inline constexpr Sentence connect{"Connect", "Se connecter"};
inline constexpr Sentence connectNew{"With the Viaduct client", "Avec le client Viaduct"};
inline constexpr Sentence connectNewHint{
    "This link holds all that the client needs, the password too: treat it as the password. On a phone or "
    "another computer, take the code below.",
    "Ce lien contient tout ce qu’il faut au client, mot de passe compris : traitez-le comme un mot de passe. "
    "Sur un téléphone ou un autre ordinateur, prenez le code ci-dessous."};
inline constexpr Sentence connectNewLaterHint{
    "This link holds all that the client needs but the password, for which a client with windows asks.",
    "Ce lien contient tout ce qu’il faut au client, sauf le mot de passe, que le client demande."};
inline constexpr Sentence openProfile{"Open in the Viaduct client", "Ouvrir dans le client Viaduct"};
inline constexpr Sentence qrOfProfile{
    "The link as a QR code: it holds the password", "Le lien en code QR : il contient le mot de passe"};
inline constexpr Sentence connectOld{
    "With viaduct-cli or an older TSP client", "Avec viaduct-cli ou un client TSP plus ancien"};
inline constexpr Sentence connectOldHint{
    "The file tspc.conf (gw6c.conf, gogoc.conf) that such a client reads.",
    "Le fichier tspc.conf (gw6c.conf, gogoc.conf) que lit un tel client."};
inline constexpr Sentence connectOldLaterHint{
    "The file without your password: write it behind passwd= yourself.",
    "Le fichier sans votre mot de passe : écrivez-le vous-même derrière passwd=."};
inline constexpr Sentence prefixInterfaceHint{
    "Put the name of the interface of your own network behind if_prefix= before you start.",
    "Mettez le nom de l’interface de votre propre réseau derrière if_prefix= avant de démarrer."};
inline constexpr Sentence download{"Download {1}", "Télécharger {1}"};
inline constexpr Sentence noBroker{
    "No broker serves accounts of this kind at the moment: ask us how to connect.",
    "Aucun courtier ne sert ce type de compte en ce moment : demandez-nous comment vous connecter."};
inline constexpr Sentence connectRouter{
    "With a router that has no TSP client", "Avec un routeur sans client TSP"};
inline constexpr Sentence routerNow{
    "Your tunnel is up as plain IPv6 in IPv4 (protocol 41), from {1}. The router that has this IPv4 address "
    "can end it with the lines below, as long as that address stays the same.",
    "Votre tunnel est établi en IPv6 dans IPv4 (protocole 41), depuis {1}. Le routeur qui a cette adresse "
    "IPv4 "
    "peut le terminer avec les lignes ci-dessous, tant que cette adresse ne change pas."};
inline constexpr Sentence routerNeeds{
    "A router with a fixed public IPv4 address, to which protocol 41 comes through, needs no client. An "
    "administrator sets up a static tunnel to it: write to {1}, with the address and the model (Cisco, "
    "Juniper, …), and you get the lines to paste. Or connect once with tunnel_mode=v6v4 from that address: "
    "the lines for it then stand here.",
    "Un routeur qui a une adresse IPv4 publique fixe, et que le protocole 41 atteint, n’a pas besoin de "
    "client. "
    "Un administrateur établit un tunnel statique vers lui : écrivez à {1}, avec l’adresse et le modèle "
    "(Cisco, "
    "Juniper, …), et vous recevez les lignes à coller. Ou connectez-vous une fois avec tunnel_mode=v6v4 "
    "depuis "
    "cette adresse : les lignes pour lui sont alors ici."};
inline constexpr Sentence administrators{"the administrators", "les administrateurs"};

// --- the account

inline constexpr Sentence tunnelHeading{"Your tunnel", "Votre tunnel"};
inline constexpr Sentence tunnelUp{"The tunnel is up.", "Le tunnel est établi."};
inline constexpr Sentence tunnelSilent{
    "The tunnel is set up, but nothing has come from your side for a long time.",
    "Le tunnel est établi, mais rien n’est venu de votre côté depuis longtemps."};
inline constexpr Sentence tunnelDown{
    "The tunnel is not up: start your client.", "Le tunnel n’est pas établi : démarrez votre client."};
inline constexpr Sentence upSince{"Up since", "Établi depuis"};
inline constexpr Sentence mode{"Mode", "Mode"};
inline constexpr Sentence yourOuter{"Your IPv4 side", "Votre côté IPv4"};
inline constexpr Sentence yourInner{"Your IPv6 address", "Votre adresse IPv6"};
inline constexpr Sentence sent{"Sent by you", "Envoyé par vous"};
inline constexpr Sentence receivedByYou{"Received by you", "Reçu par vous"};
inline constexpr Sentence dropped{"Dropped", "Rejetés"};
inline constexpr Sentence amountAndPackets{"{1}, {2} packets", "{1}, {2} paquets"};
inline constexpr Sentence packets{"{1} packets", "{1} paquets"};
inline constexpr Sentence thisMonth{"This month, both ways", "Ce mois-ci, dans les deux sens"};
inline constexpr Sentence quota{"{1} of {2}", "{1} sur {2}"};
inline constexpr Sentence held{"Reserved for you", "Réservé pour vous"};
inline constexpr Sentence heldNothing{
    "nothing yet: it is drawn when you connect", "rien encore : tiré à votre première connexion"};
inline constexpr Sentence validity{"Valid until", "Valable jusqu’au"};
inline constexpr Sentence withoutEnd{"without an end", "sans fin"};
inline constexpr Sentence validFrom{"Valid from", "Valable à partir du"};
inline constexpr Sentence lastLogin{"Last connected", "Dernière connexion"};
inline constexpr Sentence suspended{"Your account is suspended", "Votre compte est suspendu"};
inline constexpr Sentence suspendedText{
    "It cannot connect until an administrator resumes it.",
    "Il ne peut pas se connecter tant qu’un administrateur ne l’a pas rétabli."};
inline constexpr Sentence expired{"Your account has expired", "Votre compte a expiré"};
inline constexpr Sentence expiredText{
    "It cannot connect any more. Ask us if you need it for longer.",
    "Il ne peut plus se connecter. Écrivez-nous si vous en avez besoin plus longtemps."};

inline constexpr Sentence changePassword{"Change the password", "Changer le mot de passe"};
inline constexpr Sentence oldPassword{"Old password", "Ancien mot de passe"};
inline constexpr Sentence newPassword{"New password", "Nouveau mot de passe"};
inline constexpr Sentence newPasswordHint{
    "At least {1} characters, and nothing that others would guess. Several words are good.",
    "Au moins {1} caractères, et rien que d’autres devineraient. Plusieurs mots conviennent bien."};
inline constexpr Sentence newPasswordAgain{"New password, again", "Nouveau mot de passe, encore une fois"};
inline constexpr Sentence oldPasswordWrong{
    "The old password is not right.", "L’ancien mot de passe n’est pas juste."};
inline constexpr Sentence newPasswordWeak{
    "Choose a longer or less common new password: at least {1} characters, without your login.",
    "Choisissez un nouveau mot de passe plus long ou moins courant : au moins {1} caractères, sans votre "
    "identifiant."};
inline constexpr Sentence newPasswordDiffers{
    "The two new passwords are not the same.", "Les deux nouveaux mots de passe ne sont pas les mêmes."};
inline constexpr Sentence tooManyTries{
    "Too many wrong passwords, or too much to do at the moment: wait a few minutes, then try again.",
    "Trop de mots de passe erronés, ou trop de travail en ce moment : attendez quelques minutes, puis "
    "réessayez."};
inline constexpr Sentence noPasswordYet{
    "There is no password yet that could be changed.", "Il n’y a pas encore de mot de passe à changer."};
inline constexpr Sentence passwordChanged{
    "Your password is changed. Write the new one into your client.",
    "Votre mot de passe est changé. Mettez le nouveau dans votre client."};

inline constexpr Sentence giveBack{"Give the account back", "Rendre le compte"};
inline constexpr Sentence giveBackHint{
    "Do you not need it any more? Given back, its addresses can serve somebody else.",
    "Vous n’en avez plus besoin ? Une fois rendu, ses adresses peuvent servir à d’autres."};
inline constexpr Sentence giveBackTitle{"Give your account back?", "Rendre votre compte ?"};
inline constexpr Sentence giveBackWarning{
    "The tunnel of {1} ends at once, its addresses go, and all that you wrote about yourself is erased, with "
    "this page. This cannot be undone.",
    "Le tunnel de {1} s’arrête aussitôt, ses adresses sont reprises, et tout ce que vous avez écrit sur vous "
    "est effacé, avec cette page. C’est irréversible."};
inline constexpr Sentence giveBackYes{"Yes, give it back", "Oui, le rendre"};
inline constexpr Sentence giveBackNo{"No, keep it", "Non, le garder"};
inline constexpr Sentence givenBackTitle{"Your account is given back", "Votre compte est rendu"};
inline constexpr Sentence givenBack{
    "The tunnel is down and what you wrote is erased. Thank you, and come back when you need IPv6 again.",
    "Le tunnel est arrêté et ce que vous aviez écrit est effacé. Merci, et revenez quand vous aurez de "
    "nouveau "
    "besoin d’IPv6."};
inline constexpr Sentence giveBackImpossible{
    "This account cannot be given back here: write to us.",
    "Ce compte ne peut pas être rendu ici : écrivez-nous."};

// --- the sheet of a voucher

inline constexpr Sentence sheetTitle{"{1}: IPv6 accounts", "{1} : comptes IPv6"};
inline constexpr Sentence sheetHint{
    "Cut along the lines and give each person one card. It holds a password.",
    "Découper selon les traits et donner une carte à chaque personne. Elle porte un mot de passe."};
inline constexpr Sentence cardValidity{"Valid", "Valable"};
inline constexpr Sentence fromTo{"{1} to {2}", "du {1} au {2}"};
inline constexpr Sentence cardHow{
    "Scan the code with the Viaduct client, or write server={1}, userid= and passwd= into the file of any "
    "TSP "
    "client, with tunnel_mode=v6anyv4.",
    "Scannez le code avec le client Viaduct, ou écrivez server={1}, userid= et passwd= dans le fichier d’un "
    "client TSP, avec tunnel_mode=v6anyv4."};
inline constexpr Sentence cardQr{"Code of {1} for the client", "Code de {1} pour le client"};

// --- letters

inline constexpr Sentence greeting{"Hello {1},", "Bonjour {1},"};
inline constexpr Sentence greetingNobody{"Hello,", "Bonjour,"};
inline constexpr Sentence letterEnd{
    "This message was written by a program. Questions go to {1}.",
    "Ce message est écrit par un programme. Pour toute question : {1}."};
inline constexpr Sentence verifySubject{
    "Confirm your e-mail address", "Confirmez votre adresse électronique"};
inline constexpr Sentence verifyLetter{
    "somebody has asked for an IPv6 account at {1} with this address. If it was you, follow this link and "
    "press the button:\n\n{2}\n\nIf it was not you, do nothing: without the link the request does not count.",
    "quelqu’un a demandé un compte IPv6 à {1} avec cette adresse. Si c’était vous, suivez ce lien et appuyez "
    "sur le bouton :\n\n{2}\n\nSi ce n’était pas vous, ne faites rien : sans ce lien, la demande ne compte "
    "pas."};
inline constexpr Sentence approvedSubject{"Your IPv6 account is ready", "Votre compte IPv6 est prêt"};
inline constexpr Sentence approvedLetter{
    "your request for an IPv6 account at {1} is approved. Login and password wait on your personal page, "
    "whose address you got when you sent the request ({2}/r/…); they are shown once.",
    "votre demande de compte IPv6 à {1} est acceptée. L’identifiant et le mot de passe vous attendent sur "
    "votre "
    "page personnelle, dont vous avez reçu l’adresse à l’envoi de la demande ({2}/r/…) ; ils ne sont montrés "
    "qu’une fois."};
inline constexpr Sentence refusedSubject{"Your request for an IPv6 account", "Votre demande de compte IPv6"};
inline constexpr Sentence refusedLetter{
    "your request for an IPv6 account at {1} was refused. The reason:\n\n{2}",
    "votre demande de compte IPv6 à {1} est refusée. Le motif :\n\n{2}"};
inline constexpr Sentence questionSubject{
    "A question about your request for an IPv6 account", "Une question sur votre demande de compte IPv6"};
inline constexpr Sentence questionLetter{
    "an administrator of {1} asks about your request for an IPv6 account:\n\n{2}\n\nAnswer on your personal "
    "page, whose address you got when you sent the request ({3}/r/…).",
    "un administrateur de {1} a une question sur votre demande de compte IPv6 :\n\n{2}\n\nRépondez sur votre "
    "page personnelle, dont vous avez reçu l’adresse à l’envoi de la demande ({3}/r/…)."};
inline constexpr Sentence expiresSubject{
    "Your IPv6 account ends soon", "Votre compte IPv6 se termine bientôt"};
inline constexpr Sentence expiresLetter{
    "your IPv6 account at {1} is valid until {2}. Afterwards its tunnel goes down and its addresses are "
    "given "
    "to others. If you need it for longer, write to {3} before that day.",
    "votre compte IPv6 à {1} est valable jusqu’au {2}. Ensuite son tunnel s’arrête et ses adresses sont "
    "données à d’autres. Si vous en avez besoin plus longtemps, écrivez à {3} avant ce jour."};

} // namespace viaduct::web::say
