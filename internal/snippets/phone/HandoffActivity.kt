// Takes a session over from the page that shows the code, runs the provider's SDK with what the session says, and reports
// each step. The activity is opened by the link (an App Link for https://baton.example.com/go) or with a scanned text.
// Libraries: io.uqudo.sdk, androidx.activity, org.jetbrains.kotlinx:kotlinx-coroutines-android

import android.app.Activity
import android.app.AlertDialog
import android.os.Bundle
import android.text.InputType
import android.util.Base64
import android.widget.EditText
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.lifecycle.lifecycleScope
import io.uqudo.sdk.core.DocumentBuilder
import io.uqudo.sdk.core.SessionStatus
import io.uqudo.sdk.core.UqudoBuilder
import io.uqudo.sdk.core.UqudoSDK
import io.uqudo.sdk.core.analytics.Trace
import io.uqudo.sdk.core.analytics.Tracer
import io.uqudo.sdk.core.domain.model.DocumentType
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.security.SecureRandom
import kotlin.coroutines.resume
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import org.json.JSONObject

private const val SERVER = "https://baton.example.com"

/** The phone's calls to Baton for one session. text is what the QR code says, or what stands behind the # of the link. */
class Handoff(private val text: String) {
    // The phone's own secret: only this phone can go on with the session that it has taken.
    private val device = Base64.encodeToString(
        ByteArray(32).also(SecureRandom()::nextBytes), Base64.URL_SAFE or Base64.NO_PADDING or Base64.NO_WRAP,
    )

    suspend fun open() = call("POST", "/open")
    suspend fun confirm(agree: Boolean, number: String?) =
        call("POST", "/confirm", JSONObject().put("agree", agree).putOpt("number", number))
    suspend fun claim() = call("GET", "")
    suspend fun report(event: JSONObject) = call("POST", "/events", event)

    private suspend fun call(method: String, path: String, body: JSONObject? = null): JSONObject = withContext(Dispatchers.IO) {
        val connection = URL("$SERVER/api/v1/session$path").openConnection() as HttpURLConnection
        connection.requestMethod = method
        connection.connectTimeout = 10_000
        connection.readTimeout = 10_000
        connection.setRequestProperty("Authorization", text) // without a word like Bearer before it
        connection.setRequestProperty("Baton-Device", device)
        if (body != null) {
            connection.doOutput = true
            connection.setRequestProperty("Content-Type", "application/json")
            connection.outputStream.use { it.write(body.toString().toByteArray()) }
        }
        val code = connection.responseCode
        if (code >= 400) {
            val said = JSONObject(connection.errorStream.bufferedReader().readText())
            throw IOException("${said.optString("error")}: ${said.optString("message")}")
        }
        if (code == 204) JSONObject() else JSONObject(connection.inputStream.bufferedReader().readText())
    }
}

/** Passes the SDK's trace on. A session's events are reported one after another, in the order in which they happen. */
object StepReports : Tracer {
    private val waiting = Channel<suspend () -> Unit>(Channel.UNLIMITED)
    @Volatile var handoff: Handoff? = null

    init {
        CoroutineScope(SupervisorJob() + Dispatchers.IO).launch {
            for (send in waiting) runCatching { send() } // a lost report is no reason to stop the person
        }
    }

    override fun trace(trace: Trace) {
        val event = JSONObject()
            .put("category", trace.category?.toString()).put("event", trace.event?.toString())
            .put("status", trace.status?.toString()).put("page", trace.page?.toString())
            .put("statusCode", trace.statusCode?.toString()).put("documentType", trace.documentType?.toString())
        send(event)
    }

    fun send(event: JSONObject) {
        val to = handoff ?: return
        waiting.trySend { to.report(event) }
    }
}

class HandoffActivity : ComponentActivity() {
    private val enrolment = registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { result ->
        if (result.resultCode != Activity.RESULT_OK) {
            // The SDK says why it ended early; the page is told, so that nobody waits for nothing.
            @Suppress("DEPRECATION")
            val status = result.data?.getParcelableExtra<SessionStatus>("key_session_status")
            val code = status?.sessionStatusCode?.name ?: "USER_CANCEL"
            val word = if (code == "USER_CANCEL") "cancelled" else "failed"
            StepReports.send(JSONObject().put("status", word).put("reason", code))
        }
        finish() // The result itself is fetched by your backend. The page goes on by itself.
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        UqudoSDK.init(applicationContext, StepReports)
        val text = intent.data?.fragment ?: intent.getStringExtra("qrCodeText") ?: return finish()
        lifecycleScope.launch {
            runCatching { start(Handoff(text)) }.onFailure { tell(it.message ?: "That did not work.") }
        }
    }

    private suspend fun start(handoff: Handoff) {
        val opened = handoff.open() // claims nothing: says who asks, and whether the person has to agree
        val confirm = opened.getString("confirm")
        if (confirm != "none") {
            val name = opened.optJSONObject("requester")?.optString("name").orEmpty()
            val (agree, number) = ask(name, confirm == "number")
            handoff.confirm(agree, number)
            if (!agree) return finish()
        }
        val session = handoff.claim() // sessionId, token, data
        StepReports.handoff = handoff
        // data is what your backend gave at the creation: here the Base64 of a JSON object.
        val data = JSONObject(String(Base64.decode(session.getString("data"), Base64.DEFAULT)))
        val builder = UqudoBuilder.Enrollment()
            .setToken(session.getString("token"))
            .setSessionId(session.getString("sessionId")) // becomes the jti of the result
        val documents = data.getJSONArray("documents")
        for (i in 0 until documents.length()) {
            val wanted = documents.getJSONObject(i)
            val document = DocumentBuilder(this).setDocumentType(DocumentType.valueOf(wanted.getString("documentType")))
            if (wanted.optJSONObject("reading")?.optBoolean("enabled") == true) document.enableReading()
            builder.add(document.build())
        }
        if (data.optJSONObject("facialRecognition")?.optBoolean("enabled") == true) builder.enableFacialRecognition()
        enrolment.launch(builder.build(this))
    }

    private suspend fun ask(name: String, number: Boolean): Pair<Boolean, String?> = suspendCancellableCoroutine { answer ->
        val digits = EditText(this).apply { inputType = InputType.TYPE_CLASS_NUMBER }
        val dialog = AlertDialog.Builder(this)
            .setTitle("Start for $name?")
            .setMessage(if (number) "Enter the two digits that the page shows." else "Go on only if you have the page in front of you.")
            .setPositiveButton("Start") { _, _ -> answer.resume(true to digits.text.toString().takeIf { number }) }
            .setNegativeButton("Not now") { _, _ -> answer.resume(false to null) }
            .setCancelable(false)
        if (number) dialog.setView(digits)
        dialog.show()
    }

    private fun tell(message: String) {
        AlertDialog.Builder(this).setMessage(message).setPositiveButton("OK") { _, _ -> finish() }.setCancelable(false).show()
    }
}
